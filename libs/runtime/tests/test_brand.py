"""Packs read from folders: the demo brand, and each way a pack can be wrong."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from lbc_runtime.brand import BrandError, load_brand

BRANDS = Path(__file__).parents[3] / "brands"
FASTSTART_WITHIN = 64 * 1024


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A copy of the demo pack to break."""
    folder = tmp_path / "demo"
    shutil.copytree(BRANDS / "demo", folder, ignore=shutil.ignore_patterns("media"))
    return folder


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def problems(folder: Path) -> list[str]:
    with pytest.raises(BrandError) as caught:
        load_brand(folder)
    assert all(problem in str(caught.value) for problem in caught.value.problems)
    return list(caught.value.problems)


def test_the_demo_brand_loads() -> None:
    brand = load_brand(BRANDS / "demo")
    assert brand.languages == ("en", "es")
    assert brand.default_language == "en"
    assert (brand.voices["en"].voice_id, brand.voices["es"].voice_id) == ("Matthew", "Lucia")
    assert brand.texts_for("es-MX") != brand.texts_for("en")


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_closing_text_ends_with_the_links(language: str) -> None:
    brand = load_brand(BRANDS / "demo")
    lines = brand.texts[language].done.splitlines()[-len(brand.links) :]
    assert lines == [f"• {link.as_html(language)}" for link in brand.links]


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_demo_videos_can_be_streamed(language: str) -> None:
    key = load_brand(BRANDS / "demo").media[language].welcome_video
    brand, name = key.split("/")
    content = (BRANDS / brand / "media" / name).read_bytes()
    assert len(content) < 600_000
    assert content[4:8] == b"ftyp"
    assert b"moov" in content[:FASTSTART_WITHIN]
    assert content.index(b"moov") < content.index(b"mdat")
    assert b"avc1" in content[:FASTSTART_WITHIN]
    assert b"mp4a" in content[:FASTSTART_WITHIN]


def test_all_mistakes_come_at_once_with_file_and_key(pack: Path) -> None:
    edit(pack / "brand.yaml", "default_language: en", "default_language: fr")
    edit(pack / "brand.yaml", "voice_id: Lucia", "voice_id: 7")
    edit(pack / "texts/en.yaml", "<b>Welcome", "<b>Welcome {nombre}")
    edit(pack / "texts/es.yaml", "button_continue:", "button_weiter:")
    assert problems(pack) == [
        "brand.yaml: default_language: fr is not in languages",
        "brand.yaml: voices.es.voice_id: Input should be a valid string",
        "texts/en.yaml: video_caption: unknown placeholder {nombre}",
        "texts/es.yaml: button_continue: Field required",
        "texts/es.yaml: button_weiter: Extra inputs are not permitted",
    ]


def test_a_caption_that_is_too_long(pack: Path) -> None:
    edit(pack / "texts/en.yaml", "We made this", "We made this " + "long " * 300)
    assert len(problems(pack)) == 1
    assert problems(pack)[0].startswith("texts/en.yaml: video_caption: 1")
    assert problems(pack)[0].endswith("characters with the longest name, 1024 allowed")


def break_link(pack: Path) -> None:
    edit(pack / "brand.yaml", "https://example.com/alba/guide", "javascript:alert(1)")


def drop_texts(pack: Path) -> None:
    (pack / "texts/es.yaml").unlink()


def add_texts(pack: Path) -> None:
    shutil.copy(pack / "texts/es.yaml", pack / "texts/fr.yaml")


def drop_voice(pack: Path) -> None:
    path = pack / "brand.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    del content["voices"]["es"]
    path.write_text(yaml.safe_dump(content), encoding="utf-8")


def drop_manifest(pack: Path) -> None:
    (pack / "brand.yaml").unlink()


def double_key(pack: Path) -> None:
    edit(pack / "texts/en.yaml", "help: |-", "greeting_title: again\n\nhelp: |-")


def no_yaml(pack: Path) -> None:
    (pack / "texts/es.yaml").write_text("done: [", encoding="utf-8")


def no_mapping(pack: Path) -> None:
    (pack / "texts/es.yaml").write_text("- done", encoding="utf-8")


def no_utf8(pack: Path) -> None:
    (pack / "texts/es.yaml").write_bytes("done: ¡Listo!".encode("latin-1"))


def too_large(pack: Path) -> None:
    (pack / "texts/es.yaml").write_text("done: " + "x" * 300_000, encoding="utf-8")


def folder_for_file(pack: Path) -> None:
    drop_texts(pack)
    (pack / "texts/es.yaml").mkdir()


def texts_inside(pack: Path) -> None:
    edit(pack / "brand.yaml", "name: Alba", "name: Alba\ntexts: {}")


@pytest.mark.parametrize(
    ("harm", "expected"),
    [
        (break_link, "brand.yaml: links.0.url: String should match pattern"),
        (drop_texts, "texts/es.yaml: missing"),
        (add_texts, "texts: fr is not in languages"),
        (drop_voice, "brand.yaml: voices.es.voice_id: Field required"),
        (drop_manifest, "brand.yaml: missing"),
        (double_key, "texts/en.yaml: line "),
        (no_yaml, "texts/es.yaml: line 1: "),
        (no_mapping, "texts/es.yaml: must be a mapping of keys"),
        (no_utf8, "texts/es.yaml: not UTF-8"),
        (too_large, "texts/es.yaml: larger than 256 KiB"),
        (folder_for_file, "texts/es.yaml: cannot be read"),
        (texts_inside, "brand.yaml: texts: belongs into"),
    ],
)
def test_each_way_to_be_wrong_is_named_first(pack: Path, harm: Callable[[Path], None], expected: str) -> None:
    harm(pack)
    found = problems(pack)
    assert found[0].startswith(expected)
    assert len(set(found)) == len(found)


def test_mistakes_in_texts_show_without_a_manifest(pack: Path) -> None:
    drop_manifest(pack)
    edit(pack / "texts/es.yaml", "greeting_title:", "greeting_titulo:")
    assert problems(pack) == [
        "brand.yaml: missing",
        "texts/es.yaml: greeting_title: Field required",
        "texts/es.yaml: greeting_titulo: Extra inputs are not permitted",
    ]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert problems(tmp_path / "nowhere") == ["brand.yaml: missing"]
