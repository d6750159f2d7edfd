"""``lbcctl webhook``: where Telegram posts updates to."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import aiohttp
import typer

from lbcctl.botapi import ALLOWED_UPDATES, BotApi, BotApiError
from lbcctl.console import needs
from lbcctl.waiting import NotThereError, until_it_answers

app = typer.Typer(no_args_is_help=True, help="Set, look at or remove the bot's webhook.")

_UNAUTHORIZED = 401
_REFUSED = (BotApiError, NotThereError)

ApiUrl = Annotated[str, typer.Option("--api-url", envvar="LBCCTL_TELEGRAM_API_URL", help="Address of the Bot API.")]
TokenFile = Annotated[
    Path, typer.Option("--bot-token-file", envvar="LBCCTL_BOT_TOKEN_FILE", help="File with the bot's token.")
]
Url = Annotated[str, typer.Option("--url", envvar="LBCCTL_WEBHOOK_URL", help="Address that Telegram posts to.")]
Wait = Annotated[float, typer.Option("--wait", envvar="LBCCTL_WAIT", help="Seconds to wait for the Bot API.")]


@app.command("set", epilog=needs(telegram="setWebhook"))
def set_(
    token_file: TokenFile,
    url: Url,
    secret_file: Annotated[
        Path, typer.Option("--secret-file", envvar="LBCCTL_WEBHOOK_SECRET_FILE", help="File with the webhook's secret.")
    ],
    max_connections: Annotated[
        int, typer.Option(min=1, max=100, envvar="LBCCTL_MAX_CONNECTIONS", help="Connections that Telegram may open.")
    ] = 40,
    api_url: ApiUrl = "https://api.telegram.org",
    wait: Wait = 60,
) -> None:
    """Let Telegram post to this address. Safe to repeat; updates that wait there are kept."""
    arguments = {
        "url": url,
        "secret_token": _read(secret_file),
        "max_connections": max_connections,
        "allowed_updates": list(ALLOWED_UPDATES),
    }
    # Always, also where the address is the same: whether the secret is, Telegram does not tell.
    _call(api_url, token_file, wait, "setWebhook", arguments)
    typer.echo(f"webhook: {url}, at most {max_connections} connections")


@app.command("delete", epilog=needs(telegram="deleteWebhook"))
def delete(token_file: TokenFile, api_url: ApiUrl = "https://api.telegram.org", wait: Wait = 60) -> None:
    """Let Telegram post nowhere; it keeps updates for a day."""
    _call(api_url, token_file, wait, "deleteWebhook", {})
    typer.echo("webhook: removed")


@app.command("status", epilog=needs(telegram="getWebhookInfo"))
def status(
    token_file: TokenFile,
    url: Annotated[str, typer.Option("--url", envvar="LBCCTL_WEBHOOK_URL", help="The address to compare with.")] = "",
    api_url: ApiUrl = "https://api.telegram.org",
    wait: Wait = 60,
    *,
    check: Annotated[bool, typer.Option("--check", help="Fail unless Telegram posts to --url.")] = False,
) -> None:
    """Show where Telegram posts to, how much waits there, and its last complaint."""
    info: dict[str, Any] = _call(api_url, token_file, wait, "getWebhookInfo", {})
    typer.echo(f"url: {info.get('url') or 'none'}")
    typer.echo(f"pending updates: {info.get('pending_update_count', 0)}")
    if complaint := info.get("last_error_message"):
        typer.echo(f"last error: {complaint}")
    if check and info.get("url") != url:
        typer.echo(f"expected: {url}", err=True)
        raise typer.Exit(1)


@app.command("probe", epilog=needs())
def probe(url: Url) -> None:
    """Post to the webhook without its secret; it must refuse with 401."""
    answer = asyncio.run(_post(url))
    typer.echo(f"{url}: {answer}")
    if answer != _UNAUTHORIZED:
        raise typer.Exit(1)


async def _post(url: str) -> int:
    async def once() -> int:
        timeout = aiohttp.ClientTimeout(total=5)
        async with aiohttp.ClientSession(timeout=timeout) as session, session.post(url, json={}) as response:
            return response.status

    return await until_it_answers(once, what=url, seconds=30, absent=(aiohttp.ClientError, TimeoutError))


def _call(api_url: str, token_file: Path, wait: float, method: str, arguments: dict[str, object]) -> Any:
    api = BotApi(api_url, _read(token_file))
    absent = (aiohttp.ClientError, TimeoutError)
    try:
        return asyncio.run(
            until_it_answers(lambda: api.call(method, **arguments), what="the Bot API", seconds=wait, absent=absent)
        )
    except _REFUSED as error:
        typer.echo(str(error).replace(api.token, "<token>"), err=True)
        raise typer.Exit(1) from None


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        typer.echo(f"{file}: {error.strerror}", err=True)
        raise typer.Exit(2) from None
