"""The command `telegram-sim`."""

import argparse
import asyncio
import errno
import logging
import os
import sys
from collections.abc import Sequence

from telegram_sim import __version__
from telegram_sim.server import listen, serve
from telegram_sim.settings import SettingsError, load
from telegram_sim.state import StateError

_ADVICE = {
    errno.EADDRINUSE: "; end what listens there, or choose another --port (0: any free one)",
    errno.EACCES: "; choose a --port above 1023",
    errno.EADDRNOTAVAIL: "; --host is an address of this machine, such as 127.0.0.1",
}
"""What to do about the causes that a user can change."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="telegram-sim",
        description="A Telegram Bot API to develop and test bots against, with a page to talk to the bot.",
        epilog="Every option is also a variable TELEGRAM_SIM_<OPTION>; the README has those that are variables only. "
        "The token comes from TELEGRAM_SIM_TOKEN or a file, never from an option: options are visible to all users "
        "of a machine. Any token of the right form will do, such as 123456789:any-token-of-this-form-will-do-0123.",
    )
    parser.add_argument("--version", action="version", version=f"telegram-sim {__version__}")
    parser.add_argument("--host", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, help="port to listen on, 0 for any (8081)")
    parser.add_argument("--bot-username", help="the bot's name in t.me links (demo_bot)")
    parser.add_argument("--bot-name", help="the bot's name in the chat (Demo bot)")
    parser.add_argument("--token-file", help="file with the bot's token")
    parser.add_argument("--time-scale", type=float, help="real seconds for one of Telegram's (1.0)")
    parser.add_argument("--state", help="folder to keep people, chats and files in over a restart (none)")
    parser.add_argument("--enforce-limits", action="store_true", default=None, help="answer 429 as Telegram does")
    parser.add_argument("--duplicate-updates", action="store_true", default=None, help="deliver everything twice")
    parser.add_argument("--seed", type=int, help="a number: what is random is the same again with it")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until told to stop; return the exit status. None: the arguments of the process."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        settings = load(os.environ, vars(_parser().parse_args(arguments)))
        listener = listen(settings.host, settings.port)
    except SettingsError as mistakes:
        for mistake in str(mistakes).splitlines():
            _complain(mistake)
        return 2
    except OSError as cause:
        _complain(
            f"cannot listen on {settings.host}:{settings.port}: {cause.strerror}{_ADVICE.get(cause.errno or 0, '')}"
        )
        return 1
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    words = f"telegram-sim: http://{shown}:{port}/ is the chat page and the Bot API"
    try:
        asyncio.run(serve(settings, listener, lambda: print(words, flush=True)))  # noqa: T201 - the command's own words
    except StateError as cause:
        _complain(str(cause))
        return 1
    return 0


def _complain(words: str) -> None:
    print(f"telegram-sim: {words}", file=sys.stderr)  # noqa: T201 - as above


if __name__ == "__main__":
    sys.exit(main())
