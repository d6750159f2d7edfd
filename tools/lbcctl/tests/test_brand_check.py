"""`lbcctl brand check`: what it finds, and how it says so."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from lbc_contracts.brand import Voice
from lbc_testkit.polly.protocol import VOICES
from lbcctl.cli import app
from lbcctl.packs import media, polly, voices

from .brand_packs import box, copy_of_demo, edit, line_of, mp4


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return copy_of_demo(tmp_path / "alba")


def check(folder: Path, *arguments: str, status: int = 0) -> Any:
    result = CliRunner().invoke(app, ["brand", "check", str(folder), *arguments])
    assert result.exit_code == status, result.output
    return result


def findings(folder: Path, level: str = "error", *, status: int | None = None) -> list[str]:
    """Findings of a level, without the lines."""
    result = check(folder, "--json", status=(level == "error") if status is None else status)
    found = json.loads(result.stdout)["findings"]
    assert all(each["line"] for each in found if each["key"]), "a key has a line"
    parts = [(each["file"], each["key"], each["message"]) for each in found if each["level"] == level]
    return [": ".join(filter(None, each)) for each in parts]


def test_the_demo_is_right() -> None:
    result = check(Path(__file__).parents[3] / "brands" / "demo")
    assert result.stdout == ""
    assert "no errors, no warnings" in result.stderr


def test_every_kind_of_mistake_at_once_by_file_and_line(pack: Path) -> None:
    edit(pack / "texts/en.yaml", "<b>Welcome to Alba!</b>", "<b>Welcome to Alba!")
    edit(pack / "texts/es.yaml", "button_again:", "button_agian:")
    edit(pack / "brand.yaml", "voice_id: Lucia", "voice_id: Conchita")
    (pack / "media/welcome.es.mp4").unlink()
    caption, typo = line_of(pack / "texts/en.yaml", "video_caption"), line_of(pack / "texts/es.yaml", "agian")
    film, voice = line_of(pack / "brand.yaml", "welcome.es.mp4"), line_of(pack / "brand.yaml", "Conchita")
    result = check(pack, status=1)
    spanish = "set engine so, or take one of the neural voices of es-ES: Lucia, Sergio"
    assert result.stdout.splitlines() == [
        f"{pack}/brand.yaml:{film}: media.es.welcome_video: alba/welcome.es.mp4: there is no file media/welcome.es.mp4",
        f"{pack}/brand.yaml:{voice}: voices.es.voice_id: Conchita speaks only standard: {spanish}",
        f"{pack}/texts/en.yaml:{caption}: video_caption: <b> is never closed",
        f"{pack}/texts/es.yaml:1: button_again: missing",
        f"{pack}/texts/es.yaml:{typo}: button_agian: unknown key; did you mean button_again?",
    ]
    assert "5 errors, no warnings" in result.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (mp4(data=media.MAX_BYTES), "20.0 MB; Telegram fetches at most 20"),
        (mp4(b"hvc1"), "videos are MP4 with H.264 (avc1); this has hvc1"),
        (mp4()[:40], "videos are MP4 with H.264 (avc1); this has no index that can be read: is the file whole?"),
        (b"\x89PNG\r\n\x1a\n", "image/png by its content, video/mp4 by its name"),
        (b"<html>", "nothing known by its content, video/mp4 by its name"),
        (mp4(brand=b"qt  "), "video/quicktime by its content, video/mp4 by its name"),
        (mp4(brand=b"M4A "), "audio/mp4 by its content, video/mp4 by its name"),
    ],
)
def test_media_that_telegram_would_not_show(pack: Path, content: bytes, said: str) -> None:
    (pack / "media/welcome.en.mp4").write_bytes(content)
    assert f"brand.yaml: media.en.welcome_video: alba/welcome.en.mp4: {said}" in findings(pack)


@pytest.mark.parametrize("percent", [1, 20, 60, 99])
def test_a_film_that_was_cut_off_while_it_was_copied(pack: Path, percent: int) -> None:
    film = pack / "media/welcome.en.mp4"
    whole = film.read_bytes()
    film.write_bytes(whole[: len(whole) * percent // 100])
    (said,) = findings(pack)
    assert "is the file whole?" in said


@given(data=st.data(), length=st.integers(0, 50), index_last=st.booleans(), large=st.booleans())
def test_wherever_a_film_is_cut_it_is_noticed(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, length: int, *, index_last: bool, large: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / "cut.mp4"
    whole = mp4(index_last=index_last, data=length, large=large)
    path.write_bytes(whole)
    assert media.look(path).whole
    cut = data.draw(st.integers(8, len(whole) - 1))
    path.write_bytes(whole[:cut])
    film = media.look(path)
    assert not (film.whole and film.has_data and film.codecs)


def test_a_film_without_pictures(pack: Path) -> None:
    (pack / "media/welcome.en.mp4").write_bytes(mp4().partition(b"mdat")[0][:-4])
    assert any("an index and no pictures" in each for each in findings(pack))


def test_a_film_that_plays_late_is_worth_a_look(pack: Path) -> None:
    (pack / "media/welcome.en.mp4").write_bytes(mp4(index_last=True))
    (late,) = findings(pack, "warning")
    assert "faststart" in late


def test_a_file_that_nobody_names(pack: Path) -> None:
    (pack / "media/old.mp4").write_bytes(mp4())
    assert findings(pack, "warning") == ["media/old.mp4: no key names it, so it is not published"]


@pytest.mark.parametrize("key", ["other/welcome.en.mp4", "welcome.en.mp4"])
def test_a_key_outside_the_pack(pack: Path, key: str) -> None:
    edit(pack / "brand.yaml", "alba/welcome.en.mp4", key)
    assert any(f"{key}: keys of this pack begin with alba/" in each for each in findings(pack))


def test_a_folder_whose_name_can_begin_no_key(tmp_path: Path) -> None:
    pack = copy_of_demo(tmp_path / "alba")
    (named,) = findings(pack.rename(tmp_path / "Alba (new)"))
    assert "the folder's name, Alba (new), begins its object keys" in named


def test_words_that_were_never_translated_and_long_labels(pack: Path) -> None:
    spanish = "Con mucho gusto, {name}: empezamos de nuevo desde el principio."
    edit(pack / "texts/es.yaml", spanish, "Gladly, {name}: we start again from the beginning.")
    edit(pack / "texts/es.yaml", "button_continue: Continuar", "button_continue: Continuar " + "y " * 18)
    assert findings(pack, "warning") == [
        "texts/es.yaml: restarted: the same as in en; not translated yet?",
        "texts/es.yaml: button_continue: 48 characters: a phone may cut a button's label after about 40",
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("voice_id: Lucia", "voice_id: Lucía"), "does not match"),
        (("voice_id: Lucia", "voice_id: Lucy"), "Polly has no voice Lucy; neural voices of es-ES: Lucia, Sergio"),
        (("language_code: es-ES", "language_code: es-MX"), "Lucia speaks es-ES, not es-MX"),
        (("voice_id: Lucia", "voice_id: Sergio, engine: standard"), "Sergio speaks only generative and neural"),
        (("voice_id: Lucia", "voice_id: Lucia, engine: long-form"), "long-form voices of es-ES: Alba, Raul"),
        (
            ("voice_id: Lucia, language_code: es-ES", "voice_id: Dora, language_code: is-IS"),
            "is-IS has no neural voice",
        ),
        (("voice_id: Lucia", "voice_id: Lucia, engine: steam"), "'steam' is none of 'neural', 'standard'"),
    ],
)
def test_voices_that_cannot_speak(pack: Path, change: tuple[str, str], said: str) -> None:
    edit(pack / "brand.yaml", "es: {engine: neural, ", "es: {")
    edit(pack / "brand.yaml", *change)
    assert any(said in each for each in findings(pack))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("espeak: es}", "espeak: tlh}"), "tlh: espeak-ng has no such voice"),
        (("voice_id: Lucia", "voice_id: Arjun"), "Arjun is not in the list of November 2026"),
        (("voice_id: Lucia, language_code: es-ES", "voice_id: Lea, language_code: fr-FR"), "reads the texts of es"),
    ],
)
def test_voices_that_are_worth_a_look(pack: Path, change: tuple[str, str], said: str) -> None:
    edit(pack / "brand.yaml", *change)
    assert any(said in each for each in findings(pack, "warning"))


def test_the_list_of_voices_is_the_service_models() -> None:
    not_in_the_model = {"Alba", "Patrick", "Raul"}  # the developer guide has them, as long-form voices
    assert {name for _, name in voices.known()} - polly.names() == not_in_the_model


def test_the_stand_in_speaks_as_polly_does() -> None:
    stand_in = {(voice.language, name): voice.engines for name, voice in VOICES.items()}
    assert {key: voices.known()[key] for key in stand_in} == stand_in


@pytest.mark.parametrize(
    ("language", "tag", "name"), [("ru", "ru-RU", "Tatyana"), ("ro", "ro-RO", "Carmen"), ("is", "is-IS", "Dora")]
)
def test_languages_of_standard_voices_alone(language: str, tag: str, name: str) -> None:
    voice = Voice(engine="standard", voice_id=name, language_code=tag, espeak=language)
    assert list(voices.mistakes(voice, voices.known(), polly.names())) == []
    neural = voice.model_copy(update={"engine": "neural"})
    ((key, said, certain),) = voices.mistakes(neural, voices.known(), polly.names())
    assert (key, certain) == ("voice_id", True)
    assert said.startswith(f"{name} speaks only standard: set engine so")


def test_the_list_of_espeaks_voices_is_the_installed_ones() -> None:
    loader = pytest.importorskip("espeakng_loader")
    files = [path for path in (Path(loader.get_data_path()) / "lang").rglob("*") if path.is_file()]
    lines = [line.split() for path in files for line in path.read_text(errors="replace").splitlines()]
    installed = {line[1] for line in lines if len(line) > 1 and line[0] == "language"}
    assert {tag for tag in installed if tag.islower()} == voices.ESPEAK


@pytest.mark.parametrize("language", ["no", "zh"])
def test_polly_calls_some_languages_otherwise(language: str) -> None:
    tag, name = {"no": ("nb-NO", "Ida"), "zh": ("cmn-CN", "Zhiyu")}[language]
    voice = Voice(voice_id=name, language_code=tag, espeak="nb" if language == "no" else "cmn")
    assert list(voices.mistakes(voice, voices.known(), polly.names())) == []


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert "no such folder" in check(tmp_path / "nowhere", status=2).stderr


def test_an_empty_folder(tmp_path: Path) -> None:
    assert "brand.yaml: missing" in check(tmp_path, status=1).stdout


@pytest.mark.parametrize(
    "break_", [lambda p: p.unlink(), lambda p: p.write_text("media: ["), lambda p: p.write_text("")]
)
def test_without_a_manifest_the_texts_are_checked_all_the_same(pack: Path, break_: Callable[[Path], Any]) -> None:
    break_(pack / "brand.yaml")
    edit(pack / "texts/es.yaml", "button_again:", "button_agian:")
    assert any("did you mean button_again" in each for each in findings(pack))


@given(st.binary(max_size=300), st.sampled_from([b"", mp4()[:8], mp4()[:30], box(b"ftyp", b"isom")]))
def test_no_bytes_upset_it(tmp_path_factory: pytest.TempPathFactory, content: bytes, before: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "film.mp4"
    path.write_bytes(before + content)
    assert media.look(path).size == len(before + content)
