"""What a person reads and hears, made from the brand's texts into commands for the services that send it."""

from __future__ import annotations

import html
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from lbc_contracts.brand import Brand, Texts
from lbc_contracts.brand_text import MAX_MESSAGE, fill
from lbc_contracts.ids import Step, command_key, reply_key
from lbc_contracts.messages import Button, Buttons, Content, Send, Speech, Text, Video
from lbc_onboarding.domain.buttons import button, delete_button, language_button
from lbc_onboarding.domain.fsm import Effect, Steps, state_after, step_after
from lbc_onboarding.domain.person import User
from lbc_onboarding.domain.turn import Caused

_WORDS: Final[dict[Effect, str]] = {
    Effect.SAY_DONE_AGAIN: "done_again",
    Effect.SAY_REPLAYS: "replays",
    Effect.SAY_RESTARTED: "restarted",
    Effect.SAY_HELP: "help",
    Effect.SAY_PRIVACY: "privacy",
    Effect.SAY_LANGUAGES: "language_choose",
    Effect.SAY_CHOSEN: "language_set",
    Effect.SAY_DELETE: "delete_me",
    Effect.SAY_FILED: "delete_filed",
    Effect.SAY_FILED_AGAIN: "delete_filed_again",
}
"""The key of the text that a reply says."""
_IN_A_ROW: Final = 3


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes to one person, because of one event.

    Attributes:
        brand: whose words.
        user: to whom; their language and session count.
        event_id: of the event that is answered.
        correlation_id: of the update that began it.
        now: goes into the commands.
    """

    brand: Brand
    user: User
    event_id: str
    correlation_id: str
    now: datetime

    def ask(self, step: Step) -> Send:
        """The command for the person's next step."""
        user = self.user
        key = command_key(user.bot, user.user_id, user.session, step, user.attempt)
        return self._send(key, self._step(step, on=step), step=step, attempt=user.attempt)

    def answer(self, caused: Caused, number: int) -> Send:
        """The ``number``-th reply to the event."""
        return self._send(reply_key(self.event_id, number), self._reply(caused))

    def _send(self, key: str, content: Content, step: Step | None = None, attempt: int = 1) -> Send:
        user = self.user
        return Send(
            id=key,
            correlation_id=self.correlation_id,
            time=self.now,
            bot=user.bot,
            user_id=user.user_id,
            chat_id=user.chat_id,
            session=user.session,
            step=step,
            attempt=attempt,
            content=content,
            fallback=self._fallback(content, step),
        )

    @property
    def _language(self) -> str:
        return self.brand.language_for(self.user.spoken(self.brand.languages))

    @property
    def _texts(self) -> Texts:
        return self.brand.texts[self._language]

    def _filled(self, text: str) -> str:
        return fill(text, self.user.name, self.brand.limits.name_length)

    def _reply(self, caused: Caused) -> Content:
        if caused.step and caused.effect is Effect.REPLAY:
            return self._step(caused.step, on=None)
        if caused.step and caused.effect is Effect.SAY_LATER:
            return self._later(caused.step, given_up=caused.given_up)
        words: str = getattr(self._texts, _WORDS[caused.effect])
        return Text(html=self._filled(words), buttons=self._below(caused.effect))

    def _below(self, effect: Effect) -> Buttons:
        match effect:
            case Effect.SAY_DONE_AGAIN | Effect.SAY_REPLAYS:
                return self._replays()
            case Effect.SAY_CHOSEN:
                return self._row(None, self.user.next_step) if self.user.next_step else self._replays()
            case Effect.SAY_HELP | Effect.SAY_LANGUAGES:
                return self._languages()
            case Effect.SAY_DELETE:
                asked_at = round(self.now.timestamp() * 1000)
                return ((delete_button(self._texts.button_delete_me, asked_at),),)
        return ()

    def _replays(self) -> Buttons:
        return self._row(None, *self.user.steps[:-1])

    def _asked_on(self, step: Step) -> Steps:
        """The steps that the buttons on the message of ``step`` ask for: the next and itself, at the end all others."""
        steps = self.user.steps
        return steps[:-1] if step is Step.DONE else (self._next(step), step)

    def _next(self, step: Step) -> Step:
        return step_after(state_after(step), self.user.steps)

    def _step(self, step: Step, on: Step | None) -> Content:
        texts, language = self._texts, self._language
        buttons = self._row(on, *self._asked_on(step))
        if step is Step.VIDEO:
            return Video(
                object_key=self.brand.media[language].welcome_video,
                caption=self._filled(texts.video_caption),
                buttons=buttons,
            )
        if step is Step.GREETING:
            voice = self.brand.voices[language]
            return Speech(
                words=texts.greeting_speech,
                language=voice.language_code,
                voice=voice.voice_id,
                engine=voice.engine,
                espeak=voice.espeak,
                title=texts.greeting_title,
                caption=self._filled(texts.greeting_caption),
                buttons=buttons,
            )
        return Text(html=self._filled(texts.done), buttons=buttons)

    def _fallback(self, content: Content, on: Step | None) -> Text | None:
        """A mark where delivery puts the link, then the step once more, and what its own message would have offered."""
        if isinstance(content, Text):
            return None
        step = Step.VIDEO if isinstance(content, Video) else Step.GREETING
        others = [other for other in self._asked_on(step) if other is not step]
        return Text(
            html=self._filled(self._texts.fallback_link),
            buttons=(self._open_link(), self._again(step, on), *self._row(on, *others)),
        )

    def _later(self, step: Step, *, given_up: bool) -> Text:
        """That the step will not come now; the greeting's words stand in for it, so that the person can go on."""
        texts = self._texts
        if step is Step.GREETING:
            words = html.escape(texts.greeting_speech, quote=False)
            said = self._filled(texts.step_later if given_up else texts.greeting_later)
            both = f"{said}\n\n{words}"
            buttons = (self._again(step, None), *self._row(step, self._next(step)))
            return Text(html=both if _fits(both) else words, buttons=buttons)
        if step is Step.VIDEO and not given_up:
            return Text(html=self._filled(texts.video_later), buttons=(self._again(step, None),))
        return Text(html=self._filled(texts.step_later), buttons=(self._again(step, None),))

    def _open_link(self) -> tuple[Button, ...]:
        """Without data and address: only delivery knows the link by then."""
        return (Button(label=self._texts.button_open_link),)

    def _again(self, step: Step, on: Step | None) -> tuple[Button, ...]:
        return (button(self._texts.button_again, step, self.user.session, on),)

    def _row(self, on: Step | None, *steps: Step) -> Buttons:
        return tuple((button(self._label(step), step, self.user.session, on),) for step in steps)

    def _languages(self) -> Buttons:
        """All that the brand speaks, by their own names, a few in a row; nothing where there is no choice."""
        codes = self.brand.languages
        every = [language_button(self.brand.texts[code].language_name, code) for code in codes]
        rows = tuple(tuple(every[first : first + _IN_A_ROW]) for first in range(0, len(every), _IN_A_ROW))
        return rows if len(codes) > 1 else ()

    def _label(self, step: Step) -> str:
        texts = self._texts
        labels = {
            Step.VIDEO: texts.button_watch_video,
            Step.GREETING: texts.button_play_audio,
            Step.DONE: texts.button_continue,
        }
        return labels[step]


def _fits(text: str) -> bool:
    """Whether Telegram takes it as one message; tags and entities count here, which errs on the safe side."""
    return len(text.encode("utf-16-le")) // 2 <= MAX_MESSAGE
