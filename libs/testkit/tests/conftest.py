import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiobotocore.config import AioConfig
from aiobotocore.session import get_session


@asynccontextmanager
async def aws_client(
    service: str, endpoint: str, *, key: str = "testkit", secret: str | None = None, **config: Any
) -> AsyncIterator[Any]:
    options = {"retries": {"total_max_attempts": 1}, "connect_timeout": 2, "read_timeout": 5, **config}
    async with get_session().create_client(
        service,
        endpoint_url=endpoint,
        region_name="eu-west-1",
        aws_access_key_id=key,
        aws_secret_access_key=secret or "testkit-secret",
        config=AioConfig(**options),
    ) as client:
        yield client


@pytest.fixture(autouse=True)
def _say_what_starts(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="lbc_testkit")


@pytest.fixture
def client() -> Any:
    return aws_client
