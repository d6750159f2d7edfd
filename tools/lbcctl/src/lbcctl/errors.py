"""One sentence for each way in which a part can fail an operator: which part, how it was tried, what to do."""

from __future__ import annotations

from aiormq import exceptions as aiormq
from botocore.exceptions import BotoCoreError, ClientError
from yarl import URL

from lbc_runtime.errors import SettingsError
from lbc_runtime.masking import mask
from lbc_runtime.settings import AwsSettings, BrokerSettings
from lbcctl.aws_errors import explain_answer, explain_driver
from lbcctl.exits import Exit, StopError

TOLD = (StopError, SettingsError, ClientError, BotoCoreError, TimeoutError)
"""What has a sentence; anything else that a command raises is a bug of ours, and shows its stack."""


_VHOST_REFUSED = "Connection.OpenOk"
"""The driver says only that it expected this, when the broker refuses to open a vhost."""


def explain(error: Exception, aws: AwsSettings | None = None) -> StopError:
    """What the operator is told.

    Args:
        error: one of `TOLD`.
        aws: how AWS was tried.
    """
    match error:
        case StopError():
            return error
        case SettingsError():
            return StopError("\n".join(error.mistakes), Exit.USAGE)
        case ClientError():
            return explain_answer(error, aws or AwsSettings())
        case BotoCoreError():
            return explain_driver(error, aws or AwsSettings())
        case _:
            return StopError("No answer in time; `lbcctl status` says what is down.", Exit.DOWN)


def explain_amqp(error: Exception, settings: BrokerSettings) -> StopError:
    """What an error of the broker's driver means.

    Args:
        error: one of `lbc_runtime.amqp.LOST`.
        settings: how the broker was tried.
    """
    url = URL(settings.url.get_secret_value())
    vhost = url.path.removeprefix("/") or "/"
    at, user = f"RabbitMQ at {url.host}:{url.port or 5672}, vhost {vhost}", url.user or "guest"
    said = mask(str(error)) or type(error).__name__
    match error:
        case aiormq.AuthenticationError() | aiormq.ProbableAuthenticationError():
            text, code = (
                f"wrong user or password for {user}; correct LBC_BROKER__URL or its file",
                Exit.DENIED,
            )
        case aiormq.ConnectionNotAllowed():
            text, code = f"{user} may not enter it, or there is no such vhost", Exit.DENIED
        case aiormq.InvalidFrameError() if _VHOST_REFUSED in said:
            text, code = f"{user} may not enter it, or there is no such vhost", Exit.DENIED
        case aiormq.ChannelAccessRefused():
            text, code = f"missing right: {said}. `lbcctl provision` grants each user what it needs", Exit.DENIED
        case aiormq.ChannelNotFoundEntity():
            text, code = f"never provisioned, or the wrong vhost: {said}", Exit.FAILED
        case aiormq.PublishError() | aiormq.DeliveryError():
            text, code = f"it did not take a message: its queue is full or gone; nothing is lost: {said}", Exit.FAILED
        case _:
            waits = f"no answer within {settings.connect_timeout:g} s"
            why = waits if isinstance(error, TimeoutError) else said
            text, code = f"it is down: tried once as {user}: {why}. Its address comes from LBC_BROKER__URL", Exit.DOWN
    return StopError(f"{at}: {text}.", code)
