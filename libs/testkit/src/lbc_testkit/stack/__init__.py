"""The whole platform on one machine, from real parts: what `make run` starts and the tests drive."""

from lbc_testkit.stack.services import SERVICES
from lbc_testkit.stack.settings import Pace, Ports, StackSettings
from lbc_testkit.stack.stack import Stack, running_stack

__all__ = ["SERVICES", "Pace", "Ports", "Stack", "StackSettings", "running_stack"]
