"""What provisioning will do, told before it does it; a look, which changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from lbc_contracts.tables import TABLES
from lbc_contracts.topology import exchanges, queues
from lbcctl.provision.management import Management

_MISSING = 404


@dataclass(frozen=True)
class Wanted:
    """What shall be there afterwards, by name."""

    vhost: str
    users: tuple[str, ...]
    tables: tuple[str, ...]
    buckets: tuple[str, ...]


def wanted(vhost: str, users: Iterable[str], table_prefix: str, buckets: Iterable[str]) -> Wanted:
    """All that the manifests name, under this deployment's names."""
    return Wanted(vhost, tuple(users), tuple(table_prefix + table.name for table in TABLES), tuple(buckets))


async def plan(management: Management, dynamodb: Any, s3: Any, want: Wanted, drift: Iterable[str]) -> list[str]:
    """One line for each thing: to be created, or there already; and one for each setting that differs.

    Args:
        management: of the broker.
        dynamodb: a client.
        s3: a client.
        want: what shall be there.
        drift: what a dry run of provisioning would change.
    """
    there = await management.call("GET", "vhosts", want.vhost) is not None
    lines = [_line("vhost", want.vhost, there=there)]
    lines += _compared("exchange", [e.name for e in exchanges()], await management.names("exchanges", want.vhost))
    lines += _compared("queue", [q.name for q in queues()], await management.names("queues", want.vhost))
    lines += _compared("user", want.users, await management.names("users"))
    lines += _compared("table", want.tables, await _tables(dynamodb))
    lines += [_line("bucket", bucket, there=await _has_bucket(s3, bucket)) for bucket in want.buckets]
    new = {line.removeprefix("create ") for line in lines if line.startswith("create ")}
    return lines + [f"set    {change}" for change in drift if change.partition(":")[0] not in new]


def _compared(kind: str, names: Iterable[str], there: set[str]) -> list[str]:
    return [_line(kind, name, there=name in there) for name in names]


def _line(kind: str, name: str, *, there: bool) -> str:
    return f"{'keep  ' if there else 'create'} {kind} {name}"


async def _tables(dynamodb: Any) -> set[str]:
    names: set[str] = set()
    async for page in dynamodb.get_paginator("list_tables").paginate():
        names |= set(page["TableNames"])
    return names


async def _has_bucket(s3: Any, bucket: str) -> bool:
    try:
        await s3.head_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == _MISSING:
            return False
        raise
    return True
