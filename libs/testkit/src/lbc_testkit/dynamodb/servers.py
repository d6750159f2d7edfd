"""The ways of having a DynamoDB Local."""

import os
from pathlib import Path
from typing import Protocol

from lbc_testkit.docker import Container
from lbc_testkit.errors import PartFailedError, UnsupportedError
from lbc_testkit.http import answers
from lbc_testkit.ports import port_taken
from lbc_testkit.process import Launch, Process
from lbc_testkit.waiting import wait_until

IMAGE = os.environ.get("LBC_DYNAMODB_IMAGE", "amazon/dynamodb-local:3.1.0")
_MAIN = "software.amazon.dynamodb.services.local.main.ServerRunner"
_PORT = 8000
# One collector thread and a small heap: the machine is shared with all the other parts.
_JVM = ("-XX:+UseSerialGC", "-Xms64m", "-Xmx512m", "-XX:TieredStopAtLevel=4")


class Server(Protocol):
    """A DynamoDB Local: a Java of ours, a container, or one that was given."""

    description: str
    endpoint: str

    async def start(self) -> None:
        """Start it and wait until it answers."""

    async def stop(self) -> None:
        """Stop it."""

    async def kill(self) -> None:
        """End it at once."""

    async def freeze(self) -> None:
        """Keep connections open and answer nothing."""

    async def thaw(self) -> None:
        """Go on after `freeze`."""

    async def close(self) -> None:
        """Leave nothing of ours behind."""


class JavaServer:
    """DynamoDB Local in a Java of ours.

    It has no option for the address it listens on, and listens on all of them.
    """

    def __init__(self, java: Path, libraries: Path, run_dir: Path, *, port: int, persistent: bool) -> None:
        self.description = f"DynamoDB Local by {java}"
        self.endpoint = f"http://127.0.0.1:{port}"
        self._port = port
        self._data = run_dir.resolve() / "data" if persistent else None
        storage = ["-dbPath", str(self._data)] if self._data else ["-inMemory"]
        options = ["-port", str(port), "-sharedDb", "-disableTelemetry", *storage]
        classes = [f"-Djava.library.path={libraries}", "-cp", f"{libraries}/*"]
        self._process = Process(
            Launch(
                name="dynamodb",
                argv=[str(java), *_JVM, *classes, _MAIN, *options],
                run_dir=run_dir,
                ready=self._ready,
            )
        )

    async def start(self) -> None:
        """Start it.

        Raises:
            PartFailedError: the port is taken, or it did not get ready.
        """
        holder = port_taken(self._port)
        if holder is not None:
            raise PartFailedError(f"dynamodb: port {self._port} is taken by {holder}")
        if self._data:
            self._data.mkdir(parents=True, exist_ok=True)
        await self._process.start()

    async def stop(self) -> None:
        """SIGTERM it."""
        await self._process.stop()

    async def kill(self) -> None:
        """SIGKILL it."""
        await self._process.kill()

    async def freeze(self) -> None:
        """SIGSTOP it."""
        self._process.freeze()

    async def thaw(self) -> None:
        """SIGCONT it."""
        self._process.thaw()

    async def close(self) -> None:
        """Stop it if it runs."""
        if self._process.alive:
            await self._process.stop()

    async def _ready(self) -> bool:
        return await answers(self.endpoint)


class ContainerServer:
    """DynamoDB Local from its public image."""

    def __init__(self, *, port: int, persistent: bool) -> None:
        self.description = f"a container of {IMAGE}"
        self.endpoint = f"http://127.0.0.1:{port}"
        storage = ["-dbPath", "/home/dynamodblocal"] if persistent else ["-inMemory"]
        java = ["-Djava.library.path=./DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar"]
        self._container = Container(
            image=IMAGE,
            part="dynamodb",
            ports={port: _PORT},
            command=[*java, "-sharedDb", "-disableTelemetry", *storage],
        )

    async def start(self) -> None:
        """Create it the first time; wait until it answers.

        Raises:
            PartFailedError: it does not; with the end of its log.
        """
        await self._container.start()
        try:
            await wait_until(lambda: answers(self.endpoint), what="the DynamoDB container", timeout=60)
        except TimeoutError as error:
            raise PartFailedError(f"{error}\n{await self._container.logs()}") from error

    async def stop(self) -> None:
        """Stop it in good order."""
        await self._container.stop()

    async def kill(self) -> None:
        """End it at once."""
        await self._container.kill()

    async def freeze(self) -> None:
        """Pause the container."""
        await self._container.freeze()

    async def thaw(self) -> None:
        """Let it go on."""
        await self._container.thaw()

    async def close(self) -> None:
        """Remove the container and its data."""
        await self._container.remove()


class GivenServer:
    """One that was there before us: used, and neither stopped nor broken."""

    def __init__(self, endpoint: str) -> None:
        self.description = "the server given by DYNAMODB_ENDPOINT"
        self.endpoint = endpoint.rstrip("/")

    async def start(self) -> None:
        """See that it answers.

        Raises:
            PartFailedError: it does not.
        """
        if not await answers(self.endpoint):
            raise PartFailedError(f"nothing answers at DYNAMODB_ENDPOINT ({self.endpoint})")

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

    async def close(self) -> None:
        """Nothing of ours is there."""

    @staticmethod
    def _refusal() -> UnsupportedError:
        return UnsupportedError("DynamoDB was given by DYNAMODB_ENDPOINT: it is not ours to stop or break")
