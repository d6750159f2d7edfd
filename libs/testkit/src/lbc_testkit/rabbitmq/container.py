"""RabbitMQ from its public image, where no server is installed."""

import os

from lbc_testkit.docker import Container
from lbc_testkit.errors import PartFailedError
from lbc_testkit.rabbitmq.management import Management
from lbc_testkit.rabbitmq.node import NodePorts
from lbc_testkit.waiting import wait_until

IMAGE = os.environ.get("LBC_RABBITMQ_IMAGE", "rabbitmq:4-management")
_AMQP, _MANAGEMENT = 5672, 15672


class ContainerServer:
    """One container with the management plugin; its data live as long as it does."""

    def __init__(self, ports: NodePorts) -> None:
        self.description = f"a container of {IMAGE}"
        self.amqp = f"amqp://guest:guest@127.0.0.1:{ports.amqp}"
        self.management = Management(f"http://127.0.0.1:{ports.management}", "guest", "guest")
        self.container = Container(
            image=IMAGE,
            part="rabbitmq",
            ports={ports.amqp: _AMQP, ports.management: _MANAGEMENT},
        )

    @property
    def alive(self) -> bool:
        """Docker's to look after; asking it takes a command each time."""
        return True

    async def start(self) -> None:
        """Create it the first time; wait until it serves AMQP.

        Raises:
            PartFailedError: it does not; with the end of its log.
        """
        await self.container.start()

        async def serves() -> bool:
            return await self.management.ready(_AMQP)

        try:
            await wait_until(serves, what="the RabbitMQ container", timeout=120, interval=0.25)
        except TimeoutError as error:
            raise PartFailedError(f"{error}\n{await self.container.logs()}") from error

    async def stop(self) -> None:
        """Stop it in good order."""
        await self.container.stop()

    async def kill(self) -> None:
        """End it at once."""
        await self.container.kill()

    async def freeze(self) -> None:
        """Pause the container."""
        await self.container.freeze()

    async def thaw(self) -> None:
        """Let it go on."""
        await self.container.thaw()

    async def ctl(self, *arguments: str) -> str:
        """Run rabbitmqctl inside."""
        return await self.container.execute("rabbitmqctl", *arguments)

    async def close(self, *, keep_data: bool) -> None:  # noqa: ARG002 - they live in the container
        """Remove the container and its data."""
        await self.container.remove()
