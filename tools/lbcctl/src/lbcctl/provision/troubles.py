"""One sentence for each way in which RabbitMQ's management API can fail an administrator."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from lbc_runtime.masking import mask
from lbcctl.exits import Exit, StopError
from lbcctl.provision.broker import ProvisionError
from lbcctl.waiting import NotThereError

_RIGHTS: Final = ("administrator", "management user", "virtual host")
"""What it says of a user whose password was right, with the same status as for one whose password was wrong."""


def explain_management(error: Exception, url: str, user: str) -> StopError:
    """What the operator is told.

    Args:
        error: a `ProvisionError`, a `NotThereError`, or one of the driver's.
        url: of the management API.
        user: the administrator.
    """
    at = f"RabbitMQ's management API at {url}"
    said = mask(str(error)) or type(error).__name__
    match error:
        case ProvisionError(status=HTTPStatus.UNAUTHORIZED) if not any(word in said.lower() for word in _RIGHTS):
            wrong = "wrong user or password: correct amqp-admin-username and amqp-admin-password in --admin"
            return StopError(f"{at}: {wrong}. Tried as {user}", Exit.DENIED)
        case ProvisionError(status=HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN):
            return StopError(f"{at}: missing right: {user} must have the tag `administrator`: {said}", Exit.DENIED)
        case ProvisionError(status=status) if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return StopError(f"{at} is ill: {said}. Run this again", Exit.DOWN)
        case ProvisionError():
            return StopError(f"{at}: {said}")
        case NotThereError():
            why = f"asked as {user} for {error.seconds:g} s: {mask(str(error.met)) or 'no answer'}"
        case TimeoutError():
            why = "no answer in time, or a queue has no leader yet; run this again"
        case _:
            why = said
    return StopError(
        f"{at} is down: {why}. Its address comes from --management-url or LBCCTL_MANAGEMENT_URL.", Exit.DOWN
    )
