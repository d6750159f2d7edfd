"""What every way of having a RabbitMQ server can do."""

from typing import Protocol

import aiohttp

from lbc_testkit.errors import PartFailedError, UnsupportedError
from lbc_testkit.rabbitmq.management import Management


class Server(Protocol):
    """A broker: a node of our own, a container, or one that was given."""

    description: str
    """What to show people: which way it was had."""

    amqp: str
    """Address with user and password, without a vhost."""

    management: Management

    @property
    def alive(self) -> bool:
        """Whether its process runs; True where that cannot be seen."""

    async def start(self) -> None:
        """Start it on the data it had, and wait until it serves AMQP."""

    async def stop(self) -> None:
        """Stop it in good order; data stay."""

    async def kill(self) -> None:
        """End it at once, as a power cut would; data stay."""

    async def freeze(self) -> None:
        """Keep connections open and answer nothing."""

    async def thaw(self) -> None:
        """Go on after `freeze`."""

    async def ctl(self, *arguments: str) -> str:
        """Run rabbitmqctl on it; gives what it printed."""

    async def close(self, *, keep_data: bool) -> None:
        """Leave no process of ours behind; what need not be kept is not stopped with ceremony."""


class GivenServer:
    """A server that was there before us: used, and neither stopped nor broken."""

    def __init__(self, amqp: str, management: Management) -> None:
        self.description = "the server given by RABBITMQ_URL"
        self.amqp = amqp
        self.management = management

    @property
    def alive(self) -> bool:
        """Not ours to look after."""
        return True

    async def start(self) -> None:
        """See that it answers.

        Raises:
            PartFailedError: it does not, or does not know us.
        """
        try:
            await self.management.version()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise PartFailedError(f"RABBITMQ_MANAGEMENT_URL ({self.management.url}): {error}") from error

    async def stop(self) -> None:
        """Not ours to do."""
        raise self._refusal()

    async def kill(self) -> None:
        """Not ours to do."""
        raise self._refusal()

    async def freeze(self) -> None:
        """Not ours to do."""
        raise self._refusal()

    async def thaw(self) -> None:
        """Not ours to do."""
        raise self._refusal()

    async def ctl(self, *_: str) -> str:
        """Not ours to do."""
        raise self._refusal()

    async def close(self, *, keep_data: bool) -> None:
        """Nothing of ours is there but the vhosts, which the broker removes."""

    @staticmethod
    def _refusal() -> UnsupportedError:
        return UnsupportedError("the broker was given by RABBITMQ_URL: it is not ours to stop or break")
