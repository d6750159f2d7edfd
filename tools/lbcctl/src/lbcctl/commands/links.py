"""``lbcctl links``: start links minted, one or many, and any link explained."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from lbc_contracts.reasons import REFUSED
from lbc_contracts.tokens import MAX_KEYS
from lbcctl.console import Json, Screen, needs, run
from lbcctl.exits import Exit, StopError
from lbcctl.links.batch import mint_file
from lbcctl.links.explain import explain
from lbcctl.links.look_up import looked_up
from lbcctl.links.mint import Mint, Minted, known_keys, signing_key
from lbcctl.links.orders import COLUMNS, DEFAULT_EXPIRES, order
from lbcctl.links.pictures import Picture, draw, taken
from lbcctl.links.shelf import Shelf
from lbcctl.parts import Parts

app = typer.Typer(no_args_is_help=True, help="Start links: mint one or many, explain any, make a signing key.")

_MINT = needs(
    aws=["dynamodb:GetItem on campaigns", "dynamodb:PutItem on links (with a cap)"],
    files="reads LBC_SIGNING_KEY_FILE; writes into --out",
)

Out = Annotated[Path, typer.Option("--out", help="Folder for files; it is made if need be.")]
Qr = Annotated[list[Picture] | None, typer.Option("--qr", help="Also draw a QR code; may be given for both kinds.")]


@app.command("mint", epilog=_MINT)
def mint(  # noqa: PLR0913 - each is an option of the command line
    campaign: Annotated[str, typer.Option(help="Name or id of the campaign that it leads to.")] = "",
    referrer: Annotated[str, typer.Option(help="Telegram id of the person who refers others by it.")] = "",
    expires: Annotated[
        str, typer.Option(help="When it ends: a duration such as 90d, or a date such as 2027-03-31 (UTC).")
    ] = DEFAULT_EXPIRES,
    max_uses: Annotated[str, typer.Option(help="How many people it counts for; none means no cap.")] = "",
    name: Annotated[str, typer.Option(help="Name of its files, without ending.")] = "",
    csv: Annotated[
        Path | None,
        typer.Option("--csv", help=f"Mint a link for each row of this file, with the columns {', '.join(COLUMNS)}."),
    ] = None,
    out: Out = Path(),
    qr: Qr = None,
    *,
    json: Json = False,
) -> None:
    """Mint a link, or with --csv one for each row of a file, into <out>/links.csv.

    Bad rows are listed by line and minted by nobody; the others are minted, and the exit code is 1. No picture is
    ever replaced: whose picture is there already is not minted.
    """
    kinds = tuple(dict.fromkeys(qr or ()))
    if csv:
        if campaign or referrer or max_uses or name or expires != DEFAULT_EXPIRES:
            raise typer.BadParameter(
                "with --csv, campaign, referrer, expires, max_uses and name are columns of the file"
            )
        run(partial(_mint_file, path=csv, out=out, kinds=kinds), json=json)
        return
    fields = {"campaign": campaign, "referrer": referrer, "expires": expires, "max_uses": max_uses, "name": name}
    run(partial(_mint, fields=fields, out=out, kinds=kinds), json=json)


@app.command("inspect", epilog=needs(aws=["dynamodb:GetItem on campaigns and links (with --look-up)"]))
def inspect(
    text: Annotated[str, typer.Argument(metavar="LINK", help="A whole t.me link, or a start token alone.")],
    *,
    look_up: Annotated[bool, typer.Option("--look-up", help="Also look at its campaign and its uses.")] = False,
    json: Json = False,
) -> None:
    """Explain a link: what it says, whether that is proven, and why not. Needs keys only for the proof.

    Exit code 1: onboarding would not attribute a person by it now.
    """
    run(partial(_inspect, text=text, look_up=look_up), json=json)


@app.command("new-key", epilog=needs(files="writes --out, readable by you alone"))
def new_key(
    identity: Annotated[int, typer.Option("--id", min=0, max=MAX_KEYS - 1, help="One more than the last key's.")],
    out: Annotated[Path, typer.Option("--out", help="File to write; one that is there is left alone.")],
) -> None:
    """Make a signing key. Bring it to onboarding before you mint with it: docs/runbooks/secrets.md."""
    run(partial(_new_key, identity=identity, out=out))


async def _mint(
    parts: Parts, screen: Screen, *, fields: dict[str, str], out: Path, kinds: tuple[Picture, ...]
) -> Exit | None:
    now = datetime.now(UTC)
    try:
        wanted = order(fields, now)
    except ValueError as error:
        raise StopError(str(error), Exit.USAGE) from None
    if problem := taken(out, wanted.name, kinds if wanted.name else ()):
        raise StopError(problem, Exit.USAGE)
    key = signing_key(parts.settings)
    async with parts.dynamodb() as dynamodb:
        minted = await Mint(Shelf(dynamodb, parts), key, now).mint(wanted)
    files = [_drawn(minted, out, wanted.name or minted.token, kind) for kind in kinds]
    if screen.json:
        screen.document({**_document(minted), "expires_at": _moment(wanted.expires_at), "files": [*map(str, files)]})
        return None
    screen.text(minted.url)
    for file in files:
        screen.say(str(file))
    return None


def _drawn(minted: Minted, out: Path, name: str, kind: Picture) -> Path:
    try:
        return draw(minted.url, out, name, kind)
    except OSError as error:
        raise StopError(f"{error.filename or out}: {error.strerror}; the link is minted: {minted.url}") from None


async def _mint_file(parts: Parts, screen: Screen, *, path: Path, out: Path, kinds: tuple[Picture, ...]) -> Exit | None:
    key, now = signing_key(parts.settings), datetime.now(UTC)
    async with parts.dynamodb() as dynamodb:
        result = await mint_file(path, Mint(Shelf(dynamodb, parts), key, now), now, out, kinds, screen)
    if screen.json:
        screen.document(
            {
                "minted": result.minted,
                "file": str(result.file),
                "bad": [{"line": bad.line, "problem": bad.problem} for bad in result.bad],
            }
        )
    else:
        if result.bad:
            screen.table("not minted", [">line", "problem"], [(bad.line, bad.problem) for bad in result.bad])
        screen.text(f"{result.minted} links in {result.file}")
    return Exit.FAILED if result.bad else None


async def _inspect(parts: Parts, screen: Screen, *, text: str, look_up: bool) -> Exit | None:
    now = datetime.now(UTC)
    found = explain(text, bot=parts.settings.bot or "", keys=known_keys(parts.settings), now=now)
    if look_up and found.form == "signed":
        its, ours = found.bot, parts.settings.the_bot
        if its and its.lower() != ours.lower():
            raise StopError(f"this is a link of {its}, but you look after {ours}: set LBC_BOT={its}", Exit.USAGE)
        async with parts.dynamodb() as dynamodb:
            found = await looked_up(found, Shelf(dynamodb, parts), now)
    if screen.json:
        screen.document(asdict(found))
    else:
        first = [("bot", found.bot)] if found.bot else []
        says = [(name, str(value)) for name, value in found.says.items()]
        screen.table("", ["", ""], [*first, ("form", found.form), *says, ("verdict", found.verdict), ("", found.why)])
    return Exit.FAILED if found.verdict in REFUSED else None


async def _new_key(_parts: Parts, screen: Screen, *, identity: int, out: Path) -> Exit | None:
    _write_key(out, f"{identity}:{secrets.token_urlsafe(32)}\n")
    screen.text(f"key {identity} is in {out}")
    return None


def _write_key(path: Path, key: str) -> None:
    try:
        path.touch(mode=0o600, exist_ok=False)
        path.write_text(key, encoding="ascii")
    except OSError as error:
        raise StopError(f"{path}: {error.strerror}; nothing was written over") from None


def _document(minted: Minted) -> dict[str, object]:
    return {"link": minted.url, "token": minted.token, "campaign": minted.campaign.id if minted.campaign else None}


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
