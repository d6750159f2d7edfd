"""The way to a real table."""

from __future__ import annotations

from typing import Any

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session


def dynamodb_client(endpoint: str) -> Any:
    config = AioConfig(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 1})
    return get_session().create_client(
        "dynamodb",
        region_name="us-east-1",
        endpoint_url=endpoint,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=config,
    )
