"""The operator's tool, run on the whole platform as an operator runs it."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

from lbc_testkit.stack import Stack


async def started(stack: Stack, *arguments: str) -> asyncio.subprocess.Process:
    """`lbcctl` at work; it answers in JSON."""
    known = {name: value for name, value in stack.variables().items() if name.startswith(("LBC_", "AWS_"))}
    command = (sys.executable, "-m", "lbcctl", *arguments, "--json")
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(*command, env=os.environ | known, stdout=pipe, stderr=pipe)


async def lbcctl(stack: Stack, *arguments: str, status: int = 0) -> Any:
    """What a command answers; fails unless it ends with that status."""
    process = await started(stack, *arguments)
    out, said = await process.communicate()
    assert process.returncode == status, said.decode()
    return json.loads(out)
