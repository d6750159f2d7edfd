"""What a brand refuses, how a name goes into a text, and which language a person gets."""

import html
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lbc_contracts.brand import Brand, Buttons, Limits, Texts
from lbc_contracts.brand_text import MAX_CAPTION, MAX_MESSAGE, MAX_NAME, fill

TEXTS = {key: f"text of {key}" for key in Texts.model_fields}


def raw_brand(**changes: Any) -> dict[str, Any]:
    voice = {"voice_id": "Lucia", "language_code": "es-ES", "espeak": "es"}
    media = {"welcome_video": "demo/welcome.mp4", "title": "Welcome"}
    return {
        "name": "Demo",
        "languages": ["en", "es"],
        "default_language": "en",
        "media": {"en": media, "es": media},
        "voices": {"en": voice, "es": voice},
        "texts": {"en": TEXTS | {"help": "in English"}, "es": TEXTS | {"help": "en español"}},
    } | changes


def mistakes(error: ValidationError) -> dict[str, str]:
    return {".".join(map(str, each["loc"])): each["msg"] for each in error.errors()}


@pytest.mark.parametrize("code", ["es", "ES", "es-MX", "es_419", "Es-Latn-ES"])
def test_spanish_of_any_country_gets_spanish(code: str) -> None:
    assert Brand.model_validate(raw_brand()).texts_for(code).help == "en español"


@pytest.mark.parametrize(
    "code",
    [
        None,
        "",
        "en",
        "de",
        "est",
        "e",
        "es-",
        "es--MX",
        "-es",
        " es",
        "es\n",
        "e\u017f",
        "español",
        "es-" + "a" * 10_000,
    ],
)
def test_missing_malformed_or_unknown_codes_get_the_default(code: str | None) -> None:
    assert Brand.model_validate(raw_brand()).texts_for(code).help == "in English"


@given(st.text(max_size=50) | st.none())
def test_any_code_gets_some_language(code: str | None) -> None:
    brand = Brand.model_validate(raw_brand())
    language = brand.language_for(code)
    assert language in brand.languages
    assert brand.media_for(code) == brand.media[language]
    assert brand.voice_for(code) == brand.voices[language]


def test_a_brand_does_not_change() -> None:
    texts = Brand.model_validate(raw_brand()).texts_for("en")
    assert isinstance(texts, Buttons)
    with pytest.raises(ValidationError, match="frozen"):
        texts.help = "other"  # type: ignore[misc]  # that it may not is what is shown


@pytest.mark.parametrize(
    "text",
    [
        "<b>bold <i>and</i></b> &amp; &lt;plain&gt; &quot;&#39;&#x27;",
        '<a href="https://example.com/?a=1&amp;b=2">link</a>',
        '<a href="tg://user?id=1">person</a>',
        '<span class="tg-spoiler">x</span><tg-spoiler>y</tg-spoiler>',
        '<pre><code class="language-python">x</code></pre><code>y</code>',
        "<blockquote expandable>long</blockquote><blockquote>short</blockquote>",
        '<tg-emoji emoji-id="5368324170671202286">👍</tg-emoji>',
        "Hello, {name}",
    ],
)
def test_html_that_telegram_takes(text: str) -> None:
    assert Texts.model_validate(TEXTS | {"help": text}).help == text


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("<b>bold", "<b> is never closed"),
        ("bold</b>", "</b> closes nothing"),
        ("<b><i>crossed</b></i>", "</b> closes nothing"),
        ("line<br>break", "<br> is no tag"),
        ("<script>x</script>", "<script> is no tag"),
        ('<a href="javascript:x">link</a>', "<a> needs other attributes"),
        ("<a>link</a>", "<a> is no tag|<a> needs other attributes"),
        ('<b onclick="x">bold</b>', "<b> needs other attributes"),
        ('<span class="red">x</span>', "<span> needs other attributes"),
        ("1 < 2", "< must be written as &lt;"),
        ("2 > 1", "> must be written as &gt;"),
        ("you & me", "& must be written as &amp;"),
        ("&nbsp;", "& must be written as &amp;"),
        ("Hola, {nombre}", "unknown placeholder {nombre}"),
        ("Hello, {name", "stray {"),
        ("   ", "at least 1 character"),
    ],
)
def test_html_that_telegram_refuses(text: str, problem: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Texts.model_validate(TEXTS | {"help": text})
    assert any(each in mistakes(caught.value)["help"] for each in problem.split("|"))


def test_all_mistakes_of_one_text_are_told_together() -> None:
    with pytest.raises(ValidationError) as caught:
        Texts.model_validate(TEXTS | {"help": "<u>{nombre} & co"})
    message = mistakes(caught.value)["help"]
    assert all(part in message for part in ("{nombre}", "<u> is never closed", "&amp;"))


@pytest.mark.parametrize(
    ("key", "limit"), [("video_caption", MAX_CAPTION), ("greeting_caption", MAX_CAPTION), ("done", MAX_MESSAGE)]
)
def test_length_counts_what_is_shown_in_utf16(key: str, limit: int) -> None:
    fits = "<b>" + "&amp;" * (limit - 2) + "🌅</b>"
    assert Texts.model_validate(TEXTS | {key: fits})
    with pytest.raises(ValidationError) as caught:
        Texts.model_validate(TEXTS | {key: fits + "x"})
    assert f"{limit + 1} characters" in mistakes(caught.value)[key]


def test_length_leaves_room_for_the_longest_name() -> None:
    with pytest.raises(ValidationError):
        Texts.model_validate(TEXTS | {"video_caption": "x" * (MAX_CAPTION - 2 * MAX_NAME + 1) + "{name}"})


@pytest.mark.parametrize("key", ["greeting_speech", "greeting_title", *Buttons.model_fields])
def test_plain_texts_have_no_placeholder(key: str) -> None:
    with pytest.raises(ValidationError, match="unknown placeholder"):
        Texts.model_validate(TEXTS | {key: "for {name}"})


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"default_language": "fr"}, "default_language"),
        ({"languages": ["en", "en", "es"]}, "languages"),
        ({"languages": []}, "languages"),
        ({"languages": ["en"]}, "media"),
        ({"texts": {"en": TEXTS}}, "texts"),
        ({"surprise": 1}, "surprise"),
        ({"links": [{"url": "https://example.com", "label": {"en": "only"}}]}, "links"),
        ({"links": [{"url": "javascript:x", "label": {"en": "a", "es": "b"}}]}, "links.0.url"),
    ],
)
def test_a_brand_is_whole_or_refused(changes: dict[str, Any], key: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Brand.model_validate(raw_brand(**changes))
    assert key in mistakes(caught.value)


@pytest.mark.parametrize("key", ["../secret", "/absolute", "a//b", "a/./b", "a b", ""])
def test_object_keys_stay_inside_the_bucket(key: str) -> None:
    media = {"welcome_video": key, "title": "Welcome"}
    with pytest.raises(ValidationError):
        Brand.model_validate(raw_brand(media={"en": media, "es": media}))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ana", "Hello, Ana!"),
        ("<b>Ana</b> & co", "Hello, &lt;b&gt;Ana&lt;/b&gt; &amp; co!"),
        ("{name}", "Hello, {name}!"),
        ("  Ana\n\tMaría ", "Hello, Ana María!"),
        ("\u202eevil\u202c", "Hello, evil!"),
        ("محمد", "Hello, محمد!"),
        ("👩\u200d🚀", "Hello, 👩\u200d🚀!"),
        ("\ud83d", "Hello!"),
        ("\u200b\u200d\ufeff", "Hello!"),
        ("", "Hello!"),
        (None, "Hello!"),
        ("x" * 10_000, f"Hello, {'x' * MAX_NAME}!"),
    ],
)
def test_a_name_cannot_harm_the_text(name: str | None, shown: str) -> None:
    assert fill("Hello, {name}!", name) == shown


@given(st.text() | st.text("ae \u0301\u200d\ufe0f👩🚀🏽"), st.integers(1, MAX_NAME))
def test_any_name_leaves_a_text_that_can_be_sent(name: str, length: int) -> None:
    filled = fill("Hello, {name}!", name, length)
    assert "<" not in filled
    assert ">" not in filled
    filled.encode()
    shown = html.unescape(filled).removeprefix("Hello").removeprefix(", ").removesuffix("!")
    assert len(shown) <= length
    assert html.unescape(fill("{name}", name)).startswith(shown)


@pytest.mark.parametrize(
    ("name", "length", "shown"),
    [
        ("Maximilian", 3, "Max"),
        ("Ana María", 4, "Ana"),
        ("<Ana>", 2, "&lt;A"),
        ("Ange\u0301lique", 4, "Ang"),
        ("👩\u200d🚀 Ana", 1, "👩"),
        ("A👩\u200d🚀", 2, "A"),
        ("A👩\u200d🚀", 3, "A"),
        ("A👩\u200d🚀", 4, "A👩\u200d🚀"),
        ("A👋🏽", 2, "A"),
        ("क्षमा", 2, "क्"),
    ],
)
def test_a_name_is_cut_to_what_is_shown_of_it_and_no_character_in_two(name: str, length: int, shown: str) -> None:
    assert fill("{name}", name, length) == shown


@pytest.mark.parametrize(
    "steps", [["video", "greeting", "done"], ["greeting", "video", "done"], ["video", "done"], ["greeting", "done"]]
)
def test_steps_come_in_the_order_of_the_pack(steps: list[str]) -> None:
    assert list(Brand.model_validate(raw_brand(steps=steps)).steps) == steps


def test_without_steps_they_are_the_usual_ones() -> None:
    assert Brand.model_validate(raw_brand()).steps == ("video", "greeting", "done")


def test_a_pack_without_limits_leaves_patience_to_the_deployment() -> None:
    limits = Brand.model_validate(raw_brand()).limits
    assert limits == Limits(name_length=MAX_NAME)
    assert (limits.ask_again_after, limits.ask_again_growth, limits.ask_again_times) == (None, None, None)


def test_limits_are_read_from_texts_as_yaml_of_packs_has_them() -> None:
    raw = {"ask_again_after": "90", "ask_again_growth": "1.5", "ask_again_times": "0", "name_length": "1"}
    limits = Brand.model_validate(raw_brand(limits=raw)).limits
    assert limits == Limits(ask_again_after=90, ask_again_growth=1.5, ask_again_times=0, name_length=1)


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("ask_again_after", ["0", "-1", "0.0004", "0.999", "86401", "nan", "inf", "soon", ""]),
        ("ask_again_growth", ["0.9", "10.1", "nan"]),
        ("ask_again_times", ["-1", "21", "1.5", "inf"]),
        ("name_length", ["0", str(MAX_NAME + 1), "ten"]),
        ("patience", ["1"]),
    ],
)
def test_limits_that_nobody_could_keep_are_refused(key: str, values: list[str]) -> None:
    for value in values:
        with pytest.raises(ValidationError) as caught:
            Brand.model_validate(raw_brand(limits={key: value}))
        assert set(mistakes(caught.value)) == {f"limits.{key}"}, value


@pytest.mark.parametrize(
    ("steps", "problem"),
    [
        ([], "must end with done"),
        (["done"], "nothing comes before done"),
        (["video", "greeting"], "must end with done"),
        (["done", "video"], "must end with done"),
        (["video", "video", "done"], "a step is listed twice"),
        (["video", "quiz", "done"], "Input should be 'video', 'greeting' or 'done'"),
    ],
)
def test_steps_that_lead_nowhere_are_refused(steps: list[str], problem: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Brand.model_validate(raw_brand(steps=steps))
    assert problem in str(caught.value)
