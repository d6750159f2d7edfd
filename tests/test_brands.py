"""Brand packs: what is generated is current, editors refuse what services do, the preview shows what is sent."""

from __future__ import annotations

import copy
import importlib.util
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema
import pytest
import yaml

from lbc_contracts.brand import Brand, Texts
from lbc_contracts.brand_schema import brand_schema, texts_schema
from lbc_contracts.ids import Step
from lbc_contracts.messages import Buttons, Content, Speech, Video
from lbc_onboarding.domain.fsm import Effect
from lbc_onboarding.domain.person import User
from lbc_onboarding.domain.render import Writer
from lbc_onboarding.domain.turn import Caused
from lbc_runtime.brand import load_brand
from lbcctl.packs.preview import NAME, messages

ROOT = Path(__file__).parents[1]
PACKS = (ROOT / "brands" / "demo", ROOT / "tests" / "support" / "brands" / "harbour")
DEMO = load_brand(PACKS[0])


@cache
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["schema/brand.json", "schema/texts.json", "README.md"])
def test_what_is_generated_is_what_the_models_say(name: str) -> None:
    path = ROOT / "brands" / name
    assert path.read_text() == generator().brand_files()[path], "run `make docs` and commit what it wrote"


def described(schema: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for part in (schema, *schema.get("$defs", {}).values()):
        yield from part.get("properties", {}).items()


@pytest.mark.parametrize("schema", [brand_schema(), texts_schema()])
def test_every_key_is_explained(schema: dict[str, Any]) -> None:
    assert [key for key, about in described(schema) if not about.get("description", "").endswith(".")] == []


def files() -> Iterator[tuple[Path, dict[str, Any]]]:
    for pack in PACKS:
        yield pack / "brand.yaml", brand_schema()
        yield from ((path, texts_schema()) for path in (pack / "texts").glob("*.yaml"))


@pytest.mark.parametrize(
    ("path", "schema"), list(files()), ids=lambda value: value.name if isinstance(value, Path) else ""
)
def test_our_packs_please_an_editor_that_follows_the_line_at_their_top(path: Path, schema: dict[str, Any]) -> None:
    first = path.read_text().splitlines()[0]
    _, _, target = first.partition("# yaml-language-server: $schema=")
    assert json.loads((path.parent / target).read_text()) == schema
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(yaml.safe_load(path.read_text()), schema, cls=jsonschema.Draft202012Validator)


@pytest.mark.parametrize(
    "harm",
    [
        lambda raw: raw.update(surprise=1),
        lambda raw: raw.pop("voices"),
        lambda raw: raw["voices"]["en"].update(engine="steam"),
        lambda raw: raw["links"][0].update(url="javascript:alert(1)"),
        lambda raw: raw["media"]["es"].update(welcome_video="../secret"),
        lambda raw: raw.update(languages=[]),
        lambda raw: raw.update(limits=None),
        lambda raw: raw.update(limits={"ask_again_after": 0.5}),
        lambda raw: raw.update(limits={"ask_again_growth": None}),
        lambda raw: raw.update(limits={"ask_again_times": 1.5}),
        lambda raw: raw.update(limits={"name_length": 65}),
        lambda raw: raw.update(limits={"patience": 1}),
    ],
)
def test_an_editor_marks_what_the_services_would_refuse(harm: Callable[[dict[str, Any]], Any]) -> None:
    raw = yaml.safe_load((PACKS[0] / "brand.yaml").read_text())
    harm(broken := copy.deepcopy(raw))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, brand_schema(), cls=jsonschema.Draft202012Validator)


def sent(brand: Brand, language: str) -> Iterator[tuple[str, Content | None]]:
    """What onboarding sends, by the key of the text."""
    user = User(bot="alba", user_id=7, chat_id=7, created_at=1, name=NAME, language=language, steps=brand.steps)
    writer = Writer(brand, user, "event", "update", datetime(2026, 11, 23, tzinfo=UTC))
    steps = {Step.VIDEO: "video_caption", Step.GREETING: "greeting_caption", Step.DONE: "done"}
    for step in brand.steps:
        yield steps[step], writer.ask(step).content
    yield "fallback_link", writer.ask(brand.steps[0]).fallback
    words = {
        Effect.SAY_DONE_AGAIN: "done_again",
        Effect.SAY_REPLAYS: "replays",
        Effect.SAY_RESTARTED: "restarted",
        Effect.SAY_HELP: "help",
        Effect.SAY_PRIVACY: "privacy",
        Effect.SAY_LANGUAGES: "language_choose",
        Effect.SAY_DELETE: "delete_me",
        Effect.SAY_FILED: "delete_filed",
        Effect.SAY_FILED_AGAIN: "delete_filed_again",
    }
    for effect, key in words.items():
        yield key, writer.answer(Caused(effect), 1).content
    yield "video_later", writer.answer(Caused(Effect.SAY_LATER, Step.VIDEO), 1).content
    if Step.GREETING in brand.steps:
        yield "greeting_later", writer.answer(Caused(Effect.SAY_LATER, Step.GREETING), 1).content
    yield "step_later", writer.answer(Caused(Effect.SAY_LATER, Step.DONE), 1).content


def labels(buttons: Buttons) -> list[list[str]]:
    return [[button.label for button in row] for row in buttons]


ORDERS = [
    (Step.VIDEO, Step.GREETING, Step.DONE),
    (Step.GREETING, Step.VIDEO, Step.DONE),
    (Step.VIDEO, Step.DONE),
    (Step.GREETING, Step.DONE),
]


@pytest.mark.parametrize("language", DEMO.languages)
@pytest.mark.parametrize("steps", ORDERS)
def test_the_preview_shows_what_onboarding_sends(language: str, steps: tuple[Step, ...]) -> None:
    brand = DEMO.model_copy(update={"steps": steps})
    shown_in_order = list(messages(brand, language))
    previewed, compared = {shown.keys[0]: shown for shown in shown_in_order}, set[str]()
    assert len(previewed) == len(shown_in_order)
    for key, content in sent(brand, language):
        assert content
        shown = previewed[key]
        compared.add(key)
        assert shown.html == (content.caption if isinstance(content, Video | Speech) else content.html)
        assert [[label for label, _ in row] for row in shown.rows] == labels(content.buttons)
    not_messages = {"greeting_speech", "greeting_title", "language_name", "language_set"}
    unused = {"video_caption"} - compared | {"greeting_caption", "greeting_later"} - compared
    assert {key for key in Texts.model_fields if not key.startswith("button_")} - not_messages == compared | unused
    assert unused <= set(previewed)
