"""``lbcctl brand``: brand packs in the assets bucket."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError

from lbc_runtime.aws import client
from lbcctl.commands.provision import Environment

app = typer.Typer(no_args_is_help=True, help="Brand packs in the assets bucket.")

_MAX_FILE = 1024 * 1024


@app.command("fetch")
def fetch(
    bucket: Annotated[str, typer.Option(help="The assets bucket.")],
    prefix: Annotated[str, typer.Option(help="Folder of the pack in it.")],
    into: Annotated[Path, typer.Option(help="Folder to write to.")],
) -> None:
    """Copy a pack's texts from the bucket; a pod does it before it starts."""
    try:
        written = asyncio.run(_fetch(bucket, prefix.rstrip("/") + "/", into))
    except (ClientError, BotoCoreError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    if not written:
        typer.echo(f"no brand pack in {bucket} under {prefix}", err=True)
        raise typer.Exit(1)
    for path in written:
        typer.echo(str(path))


async def _fetch(bucket: str, prefix: str, into: Path) -> list[Path]:
    root = into.resolve()  # noqa: ASYNC240 - nothing else runs here
    written: list[Path] = []
    async with client(Environment().aws, "s3") as s3:
        async for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for item in page.get("Contents", ()):
                path = (root / item["Key"].removeprefix(prefix)).resolve()
                if path.suffix != ".yaml" or item["Size"] > _MAX_FILE or root not in path.parents:
                    continue
                answer = await s3.get_object(Bucket=bucket, Key=item["Key"])
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(await answer["Body"].read())
                written.append(path)
    return written
