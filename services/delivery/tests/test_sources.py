from __future__ import annotations

from datetime import timedelta

import pytest
from delivery_world.commands import AGAIN, NOON, link, speech, text, video
from hypothesis import given
from hypothesis import strategies as st

from lbc_contracts.messages import MAX_REFRESHES, Button, Send, Speech, Text
from lbc_delivery.domain.drafts import (
    URL_LIMIT,
    AudioDraft,
    TextDraft,
    VideoDraft,
    draft_of,
    fallback_draft,
)
from lbc_delivery.domain.html import CAPTION_LIMIT, TEXT_LIMIT, visible_length
from lbc_delivery.domain.sources import FileId, Missing, Url, choose, file_key, refreshed

TEN = timedelta(minutes=10)


@given(st.one_of(st.none(), st.floats(-100, 100)), st.integers(0, MAX_REFRESHES))
def test_a_file_id_needs_no_link(minutes: float | None, refreshes: int) -> None:
    command = video(link=None if minutes is None else link(minutes=minutes), refreshes=refreshes)
    assert choose(command, "f", NOON, TEN) == FileId("f")


@given(st.floats(-100, 100), st.integers(0, MAX_REFRESHES))
def test_a_link_is_renewed_in_time_and_used_to_the_last(minutes: float, refreshes: int) -> None:
    command = video(link=link(minutes=minutes), refreshes=refreshes)
    assert command.link
    left = command.link.expires_at - NOON
    source = choose(command, None, NOON, TEN)
    if left >= TEN:
        assert source == Url(command.link.url)
    elif refreshes < MAX_REFRESHES:
        assert source is Missing.REFRESH
    else:
        assert source == (Url(command.link.url) if left >= timedelta(minutes=1) else Missing.EXHAUSTED)


def test_without_a_link_it_is_sent_back_until_the_end() -> None:
    command, rounds = video(link=None), 0
    while choose(command, None, NOON, TEN) is Missing.REFRESH:
        command, rounds = refreshed(command), rounds + 1
        assert command.link is None
        assert Send.model_validate(command.model_dump()) == command
    assert rounds == MAX_REFRESHES
    assert choose(command, None, NOON, TEN) is Missing.EXHAUSTED


def test_a_file_is_known_by_bot_object_and_version() -> None:
    keys = {file_key("a", link()), file_key("b", link()), file_key("a", link(etag="e2"))}
    assert len(keys) == 3


def test_the_url_is_not_shown() -> None:
    assert "s3.test" not in repr(draft_of(video(), Url(link().url)))


def test_drafts_say_what_the_command_says() -> None:
    assert draft_of(text(), None) == TextDraft(42, "<b>Done</b>")
    assert draft_of(video(), FileId("f")) == VideoDraft(42, FileId("f"), "Welcome", ((AGAIN,),))
    assert draft_of(speech(), FileId("f")) == AudioDraft(42, FileId("f"), "Hi", "Hello")
    with pytest.raises(ValueError, match="without a source"):
        draft_of(video(), None)


def test_texts_are_cut_to_what_telegram_takes() -> None:
    long = draft_of(text(content=Text(html="<b>" + "&amp;" * 3000 + "x" * 1000 + "</b>" + "y" * 200)), None)
    assert isinstance(long, TextDraft)
    assert visible_length(long.html) == TEXT_LIMIT
    content = Speech(words="w", language="en-US", voice="v", title="t", caption="c" * 4000)
    audio = draft_of(speech(content=content), FileId("f"))
    assert isinstance(audio, AudioDraft)
    assert visible_length(audio.caption) == CAPTION_LIMIT


def test_the_fallback_opens_the_link_beside_its_own_buttons() -> None:
    draft = fallback_draft(video(), "open")
    assert draft == TextDraft(42, "See it here", ((Button(label="open", url=link().url),), (AGAIN,)))


def test_a_button_without_a_target_marks_the_place_of_the_link() -> None:
    marked = Text(html="See", buttons=((AGAIN,), (Button(label="Ver"),)))
    draft = fallback_draft(video(fallback=marked), "open")
    assert draft
    assert draft.buttons == ((AGAIN,), (Button(label="Ver", url=link().url),))


@pytest.mark.parametrize("buttons", [((AGAIN,),), ((AGAIN,), (Button(label="Ver"),))])
def test_a_link_too_long_for_a_button_is_left_out(buttons: tuple[tuple[Button, ...], ...]) -> None:
    command = video(link=link(url="https://s3.test/" + "x" * URL_LIMIT), fallback=Text(html="See", buttons=buttons))
    draft = fallback_draft(command, "open")
    assert draft
    assert draft.buttons == ((AGAIN,),)


def test_without_a_fallback_there_is_none() -> None:
    assert fallback_draft(video(fallback=None), "open") is None
