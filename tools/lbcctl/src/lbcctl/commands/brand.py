"""``lbcctl brand``: brand packs, from a designer's folder to a running deployment."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer

from lbc_runtime.aws import client
from lbcctl.console import DryRun, Json, Screen, needs, run
from lbcctl.errors import TOLD, explain
from lbcctl.exits import Exit, StopError
from lbcctl.packs import fetch as fetching
from lbcctl.packs import polly, voices
from lbcctl.packs import publish as publishing
from lbcctl.packs.check import check
from lbcctl.packs.links import check_links
from lbcctl.packs.pack import Finding, Level, Pack
from lbcctl.packs.publish import Plan
from lbcctl.packs.store import Store
from lbcctl.parts import Parts
from lbcctl.settings import missing
from lbcctl.waiting import until_sigterm

app = typer.Typer(no_args_is_help=True, help="Brand packs: check, look at, publish and fetch them.")

Folder = Annotated[Path, typer.Argument(help="The pack's folder, such as brands/demo.", show_default=False)]

Bucket = Annotated[str, typer.Option(help="The assets bucket, if not that of LBC_ASSETS_BUCKET.", show_default=False)]

AskPolly = Annotated[bool, typer.Option("--aws", help="Ask Polly for its voices, not our list of them.")]

_FILES = "read of FOLDER"
_VOICES = "with --aws polly:DescribeVoices"


@app.command("check", epilog=needs(files=_FILES, aws=[_VOICES]))
def check_(
    folder: Folder,
    *,
    links: Annotated[bool, typer.Option("--links", help="Fetch every link below the closing text, too.")] = False,
    aws: AskPolly = False,
    json: Json = False,
) -> None:
    """Name every mistake of a pack by file, line and key: texts, limits, HTML, media, voices."""
    run(lambda parts, screen: _check(parts, screen, folder, links=links, aws=aws), json=json)


async def _check(parts: Parts, screen: Screen, folder: Path, *, links: bool, aws: bool) -> Exit | None:
    pack, found = await look(parts, folder, aws=aws)
    if links and pack.brand:
        with screen.progress("links", total=len(pack.brand.links)) as advance:
            found = [*found, *await check_links(pack, advance)]
    tell(screen, pack, found)
    return Exit.FAILED if errors(found) else None


@app.command(
    "preview", epilog=needs(files=_FILES, telegram="with --sim sendMessage, sendVideo and sendAudio of the simulator")
)
def preview(
    folder: Folder,
    sim: Annotated[
        str, typer.Option(help="Address of a running simulator, not one of our own.", show_default=False)
    ] = "",
) -> None:
    """Show every message of a pack, in every language, in the simulator's chat page; Ctrl-C ends it."""
    run(lambda parts, screen: _preview(parts, screen, folder, sim))


async def _preview(parts: Parts, screen: Screen, folder: Path, sim: str) -> Exit | None:
    pack, found = await look(parts, folder)
    if found:
        tell(screen, pack, found)
    try:
        # Images for operators have no simulator, so it is looked for only here.
        shows = importlib.import_module("lbcctl.commands.brand_preview")
    except ModuleNotFoundError as error:
        raise StopError(
            f"{error}: the preview needs more than the other commands: pip install 'lbcctl[preview]'"
        ) from None
    done: Exit | None = await shows.preview(parts, screen, pack, sim)
    return done


@app.command(
    "publish",
    epilog=needs(files=_FILES, aws=["s3:ListBucket", "s3:GetObject and s3:PutObject on the pack's folder", _VOICES]),
)
def publish(
    folder: Folder, bucket: Bucket = "", *, aws: AskPolly = False, dry_run: DryRun = False, json: Json = False
) -> None:
    """Put a pack into the bucket: checked first, only what changed, and never seen half."""
    run(lambda parts, screen: _publish(parts, screen, folder, bucket, aws=aws, dry_run=dry_run), json=json)


async def _publish(parts: Parts, screen: Screen, folder: Path, bucket: str, *, aws: bool, dry_run: bool) -> Exit | None:
    pack, found = await look(parts, folder, aws=aws)
    if wrong := errors(found):
        tell(screen, pack, found)
        raise StopError(f"Nothing was published: {_counted(wrong, 'error')}.")
    async with parts.s3() as s3:
        store = Store(s3, _bucket(parts, bucket))
        planned = await publishing.plan(store, pack)
        if not dry_run:
            with screen.progress("uploading", total=planned.size, size=True) as advance:
                await publishing.publish(store, planned, advance)
    tell_plan(screen, planned, store.bucket, dry_run=dry_run)
    return None


@app.command("fetch", epilog=needs(files="write of --into", aws=["s3:ListBucket", "s3:GetObject on the pack's folder"]))
def fetch(
    prefix: Annotated[str, typer.Option(help="The pack's folder in the bucket.")],
    into: Annotated[Path, typer.Option(help="Folder to write to; it holds the whole pack or the one before.")],
    bucket: Bucket = "",
    every: Annotated[float | None, typer.Option(min=1, help="Look again every so many seconds, until stopped.")] = None,
) -> None:
    """Copy a published pack's texts from the bucket and verify them; a pod does it before it starts.

    With --every it goes on until SIGTERM, and ends with 0 then. What is amiss is said on standard error at each look,
    and the pack from before stays.
    """
    run(lambda parts, screen: _fetch(parts, screen, _bucket(parts, bucket), prefix.strip("/"), into, every))


async def _fetch(parts: Parts, screen: Screen, bucket: str, prefix: str, into: Path, every: float | None) -> None:
    async def look() -> None:
        async with parts.s3() as s3:
            await _fetch_once(screen, Store(s3, bucket), prefix, into)

    if every is None:
        await look()
    else:
        await until_sigterm(_fetch_again_and_again(parts, screen, look, every))


async def _fetch_again_and_again(
    parts: Parts, screen: Screen, look: Callable[[], Awaitable[None]], seconds: float
) -> None:
    while True:
        try:
            await look()
        except TOLD as error:
            # Whoever reads keeps the pack from before, so the next look is soon enough.
            screen.say(explain(error, parts.settings.aws).text)
        await asyncio.sleep(seconds)


async def _fetch_once(screen: Screen, store: Store, prefix: str, into: Path) -> None:
    try:
        manifest = await fetching.fetch(store, prefix, into)
    except (fetching.NotPublishedError, fetching.NotPlacedError) as error:
        raise StopError(str(error)) from None
    if manifest:
        screen.text(f"{into}: pack {prefix}, version {manifest.version}, {len(manifest.texts)} files")


def tell_plan(screen: Screen, planned: Plan, bucket: str, *, dry_run: bool) -> None:
    """Show what publishing did, or would do."""
    if screen.json:
        screen.document(
            {
                "bucket": bucket,
                "version": planned.after.version,
                "published": planned.manifest_changes and not dry_run,
                "dry_run": dry_run,
                "uploads": [
                    {"key": each.key, "bytes": each.size, "replaces": each.replaces} for each in planned.uploads
                ],
            }
        )
        return
    done = "would be" if dry_run else "was"
    rows = [(each.key, "replaced" if each.replaces else "new", f"{each.size:,}") for each in planned.uploads]
    if rows:
        screen.table("", ["object", "what", ">bytes"], rows)
    if planned.manifest_changes:
        screen.text(f"{bucket}/{planned.prefix}: version {planned.after.version} {done} published")
    else:
        screen.text(f"{bucket}/{planned.prefix}: nothing to do, version {planned.after.version} is published already")


def _bucket(parts: Parts, given: str) -> str:
    return given or parts.settings.assets_bucket or missing("assets_bucket")


async def look(parts: Parts, folder: Path, *, aws: bool = False) -> tuple[Pack, list[Finding]]:
    """Read and check a pack.

    Raises:
        StopError: there is no such folder.
    """
    if not await asyncio.to_thread(folder.is_dir):
        raise StopError(f"{folder}: no such folder", Exit.USAGE)
    engines = voices.known()
    if aws:
        async with client(parts.settings.aws, "polly") as asked:
            engines = await polly.offered(asked)
    pack = await asyncio.to_thread(Pack.read, folder)
    return pack, await asyncio.to_thread(check, pack, engines, polly.names())


def errors(found: list[Finding]) -> int:
    """How many findings forbid to publish."""
    return sum(finding.level is Level.ERROR for finding in found)


def tell(screen: Screen, pack: Pack, found: list[Finding]) -> None:
    """Show what was found: a line each, as compilers do, so that editors and terminals can follow it."""
    wrong = errors(found)
    if screen.json:
        screen.document(
            {
                "folder": str(pack.folder),
                "errors": wrong,
                "warnings": len(found) - wrong,
                "findings": [finding.shown() for finding in found],
            }
        )
        return
    for finding in found:
        before = "" if finding.level is Level.ERROR else "warning: "
        screen.text(f"{before}{pack.folder}/{finding.problem}")
    screen.say(f"{pack.folder}: {_counted(wrong, 'error')}, {_counted(len(found) - wrong, 'warning')}")


def _counted(number: int, name: str) -> str:
    return f"{number or 'no'} {name}{'' if number == 1 else 's'}"
