"""``lbcctl webhook``: where Telegram posts updates to."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import aiohttp
import typer

from lbcctl.botapi import ALLOWED_UPDATES, BotApi
from lbcctl.console import Screen, needs, run
from lbcctl.exits import Exit, StopError
from lbcctl.files import read
from lbcctl.waiting import NotThereError, until_it_answers

app = typer.Typer(no_args_is_help=True, help="Set, look at or remove the bot's webhook.")

_UNAUTHORIZED = 401
_PROBE_SECONDS = 30.0
_OF_LATE_SECONDS = 60.0

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

    async def work(screen: Screen) -> None:
        arguments = {
            "url": url,
            "secret_token": read(secret_file),
            "max_connections": max_connections,
            "allowed_updates": list(ALLOWED_UPDATES),
        }
        # Always, also where the address is the same: whether the secret is, Telegram does not tell.
        await _api(api_url, token_file).ask_for(wait, "setWebhook", **arguments)
        screen.text(f"webhook: {url}, at most {max_connections} connections")

    run(lambda _, screen: work(screen))


@app.command("delete", epilog=needs(telegram="deleteWebhook"))
def delete(token_file: TokenFile, api_url: ApiUrl = "https://api.telegram.org", wait: Wait = 60) -> None:
    """Let Telegram post nowhere; it keeps updates for a day."""

    async def work(screen: Screen) -> None:
        await _api(api_url, token_file).ask_for(wait, "deleteWebhook")
        screen.text("webhook: removed")

    run(lambda _, screen: work(screen))


@app.command("status", epilog=needs(telegram="getWebhookInfo"))
def status(
    token_file: TokenFile,
    url: Annotated[str, typer.Option("--url", envvar="LBCCTL_WEBHOOK_URL", help="The address to compare with.")] = "",
    api_url: ApiUrl = "https://api.telegram.org",
    wait: Wait = 60,
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Fail unless Telegram posts to --url, without a complaint of late.")
    ] = False,
) -> None:
    """Show where Telegram posts to, how much waits there, and its last complaint."""

    async def work(screen: Screen) -> Exit | None:
        info: dict[str, Any] = await _api(api_url, token_file).ask_for(wait, "getWebhookInfo")
        screen.text(f"url: {info.get('url') or 'none'}")
        screen.text(f"pending updates: {info.get('pending_update_count', 0)}")
        complaint = info.get("last_error_message")
        if complaint:
            screen.text(f"last error: {complaint}")
        if not check:
            return None
        if info.get("url") != url:
            screen.say(f"expected: {url}")
            return Exit.FAILED
        if complaint and time.time() - info.get("last_error_date", 0) < _OF_LATE_SECONDS:
            screen.say(f"Telegram complained within the last {_OF_LATE_SECONDS:g} s")
            return Exit.FAILED
        return None

    run(lambda _, screen: work(screen))


@app.command("probe", epilog=needs())
def probe(url: Url) -> None:
    """Post to the webhook without its secret; it must refuse with 401."""

    async def work(screen: Screen) -> Exit | None:
        answer = await _posted(url)
        screen.text(f"{url}: {answer}")
        return None if answer == _UNAUTHORIZED else Exit.FAILED

    run(lambda _, screen: work(screen))


async def _posted(url: str) -> int:
    async def once() -> int:
        timeout = aiohttp.ClientTimeout(total=5)
        async with aiohttp.ClientSession(timeout=timeout) as session, session.post(url, json={}) as response:
            return response.status

    try:
        return await until_it_answers(
            once, what=url, seconds=_PROBE_SECONDS, absent=(aiohttp.ClientConnectionError, TimeoutError)
        )
    except NotThereError as error:
        why = str(error.met) or "no answer within 5 s"
        raise StopError(f"the webhook is down: tried {url} for {error.seconds:g} s: {why}.", Exit.DOWN) from None
    except aiohttp.InvalidURL:
        raise StopError(f"--url: {url} is no URL", Exit.USAGE) from None
    except aiohttp.ClientError as error:
        raise StopError(f"the webhook at {url} answers no HTTP: {error}.", Exit.DOWN) from None


def _api(api_url: str, token_file: Path) -> BotApi:
    return BotApi(
        api_url,
        read(token_file),
        base_from="--api-url or LBCCTL_TELEGRAM_API_URL",
        token_from="--bot-token-file or LBCCTL_BOT_TOKEN_FILE",  # noqa: S106 - names of settings
    )
