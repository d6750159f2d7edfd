"""Showing a pack's messages in the simulator's chat page, by the Bot API as the bot would."""

from __future__ import annotations

import asyncio
import html
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

import aiohttp

from lbc_contracts.brand import Brand, Voice
from lbcctl.botapi import BotApiError
from lbcctl.packs.pack import Pack
from lbcctl.packs.preview import Kind, Shown, messages
from telegram_sim.client import Sim

Speak = Callable[[str, Voice], Awaitable[bytes]]
"""Words and who says them, as mp3."""

File = tuple[str, bytes]
"""Name and content."""

_SENDS: Final = {
    Kind.TEXT: ("sendMessage", ""),
    Kind.VIDEO: ("sendVideo", "video"),
    Kind.SPEECH: ("sendAudio", "audio"),
}
_EDITS: Final = {
    Kind.TEXT: "editMessageText",
    Kind.VIDEO: "editMessageCaption",
    Kind.SPEECH: "editMessageCaption",
}
_TIMEOUT: Final = aiohttp.ClientTimeout(total=60, connect=5)
_LONG_POLL: Final = 20.0


@dataclass(frozen=True)
class Bot:
    """The bot in the simulator.

    Attributes:
        base: address of the simulator.
        token: of the bot; part of each URL, so no URL may be shown.
    """

    session: aiohttp.ClientSession = field(repr=False)
    base: str
    token: str = field(repr=False)

    async def call(self, method: str, fields: Mapping[str, str], files: Mapping[str, File] = {}) -> Any:
        """One call.

        Raises:
            BotApiError: it was refused.
            aiohttp.ClientError: the simulator does not answer; may say the URL.
        """
        form = aiohttp.FormData(dict(fields), default_to_multipart=True)
        for name, (file, content) in files.items():
            kind = "video/mp4" if name == "video" else "audio/mpeg"
            form.add_field(name, content, filename=file, content_type=kind)
        async with self.session.post(f"{self.base}/bot{self.token}/{method}", data=form) as response:
            answer = await response.json(content_type=None)
        if not answer.get("ok"):
            raise BotApiError(f"{method}: {answer.get('description')}", int(answer.get("error_code", 0)))
        return answer.get("result")


def bot_session() -> aiohttp.ClientSession:
    """For a `Bot`."""
    return aiohttp.ClientSession(timeout=_TIMEOUT)


@dataclass(frozen=True, slots=True)
class Bubble:
    """A message as the bot is to send it.

    Attributes:
        fields: of the call, without the chat.
    """

    chat: str
    kind: Kind
    fields: Mapping[str, str]
    file: File | None = None

    def turns_into(self, other: Bubble) -> bool:
        """Whether an edit makes the other out of this."""
        return (self.chat, self.kind, self.file) == (other.chat, other.kind, other.file)


class Stage:
    """The chats in which a pack is shown, one for each language.

    Args:
        sim: the running simulator.
        bot: in it.
        speak: makes the greeting heard; without it there is its text alone.
    """

    def __init__(self, sim: Sim, bot: Bot, speak: Speak | None) -> None:
        self._sim = sim
        self._bot = bot
        self._speak = speak
        self._chats: dict[str, str] = {}
        self._spoken: dict[tuple[str, Voice], bytes] = {}
        self._shown: list[tuple[Bubble, str]] = []

    async def show(self, pack: Pack, brand: Brand) -> str:
        """Have the chats hold every message, and give the page's address.

        What is there already stays; where only words changed they are edited, so that a reader keeps their place.
        """
        bubbles = [bubble for language in brand.languages for bubble in await self._bubbles(pack, brand, language)]
        if len(bubbles) == len(self._shown) and all(
            old.turns_into(new) for (old, _), new in zip(self._shown, bubbles, strict=True)
        ):
            for (old, message), new in zip(self._shown, bubbles, strict=True):
                if old != new:
                    await self._bot.call(_EDITS[new.kind], {"chat_id": new.chat, "message_id": message, **new.fields})
            self._shown = [(new, message) for new, (_, message) in zip(bubbles, self._shown, strict=True)]
        else:
            for old, message in self._shown:
                await self._bot.call("deleteMessage", {"chat_id": old.chat, "message_id": message})
            self._shown = [(bubble, await self._send(bubble)) for bubble in bubbles]
        return f"{self._sim.base_url}/?person={','.join(self._chats[language] for language in brand.languages)}"

    async def _send(self, bubble: Bubble) -> str:
        method, name = _SENDS[bubble.kind]
        files = {name: bubble.file} if bubble.file else {}
        sent = await self._bot.call(method, {"chat_id": bubble.chat, **bubble.fields}, files)
        return str(sent["message_id"])

    async def _bubbles(self, pack: Pack, brand: Brand, language: str) -> list[Bubble]:
        if language not in self._chats:
            person = await self._sim.person(f"{brand.name} · {language}", language=language, known=True)
            self._chats[language] = str(person.id)
        chat, found = self._chats[language], list[Bubble]()
        for shown in messages(brand, language):
            head = f"<code>{', '.join(shown.keys)}</code>\n<i>{html.escape(shown.when, quote=False)}</i>"
            found.append(Bubble(chat, Kind.TEXT, {"text": head, "parse_mode": "HTML"}))
            found += await self._of(chat, pack, brand, language, shown)
        return found

    async def _of(self, chat: str, pack: Pack, brand: Brand, language: str, shown: Shown) -> list[Bubble]:
        rows = [[{"text": label, "callback_data": key} for label, key in row] for row in shown.rows]
        fields = {"parse_mode": "HTML"} | ({"reply_markup": json.dumps({"inline_keyboard": rows})} if rows else {})
        texts, voice = brand.texts[language], brand.voices[language]
        if shown.kind is Kind.VIDEO and (film := await asyncio.to_thread(_film, pack, language)):
            return [Bubble(chat, Kind.VIDEO, {"caption": shown.html, **fields}, film)]
        if shown.kind is Kind.SPEECH and self._speak:
            audio = (f"{texts.greeting_title}.mp3", await self._said(texts.greeting_speech, voice))
            about = {"caption": shown.html, "title": texts.greeting_title, "performer": brand.name}
            return [Bubble(chat, Kind.SPEECH, about | fields, audio)]
        text = Bubble(chat, Kind.TEXT, {"text": shown.html, **fields})
        if shown.kind is not Kind.SPEECH:
            return [text]
        return [Bubble(chat, Kind.TEXT, {"text": f"🔊 {texts.greeting_title}\n\n{texts.greeting_speech}"}), text]

    async def _said(self, words: str, voice: Voice) -> bytes:
        """The same sound for the same words, since espeak's own varies a little."""
        if self._speak and (words, voice) not in self._spoken:
            self._spoken = {(words, voice): await self._speak(words, voice), **dict(list(self._spoken.items())[:32])}
        return self._spoken[words, voice]


async def answer_taps(sim: Sim, bot: Bot) -> NoReturn:
    """Answer every button with the key of its label, so that none spins for ever."""
    cursor = int((await sim.request("GET", "/stats"))["record"])
    while True:
        taps, cursor = await sim.record("tap", since=cursor, wait=_LONG_POLL)
        for tap in taps:
            await bot.call("answerCallbackQuery", {"callback_query_id": tap["callback_query_id"], "text": tap["data"]})


def _film(pack: Pack, language: str) -> File | None:
    """The film of a language; None when it is not there, which the check has told."""
    path = next((each.file for each in pack.media() if each.way[1] == language), None)
    try:
        return (path.name, path.read_bytes()) if path else None
    except OSError:
        return None
