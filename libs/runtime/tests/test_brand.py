"""Packs read from folders: the demo brand, and each way a pack can be wrong."""

import re
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


def line_of(pack: Path, name: str, part: str) -> int:
    """The first line that has ``part``, counted from 1."""
    lines = (pack / name).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if part in line)


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


def test_all_mistakes_come_at_once_with_file_line_and_key(pack: Path) -> None:
    edit(pack / "brand.yaml", "default_language: en", "default_language: fr")
    edit(pack / "brand.yaml", "voice_id: Lucia", "voice_id: 7")
    edit(pack / "brand.yaml", "espeak: en-us", "espaek: en-us")
    edit(pack / "texts/en.yaml", "<b>Welcome", "<b>Welcome {nombre}")
    edit(pack / "texts/es.yaml", "button_continue:", "button_continua:")
    edit(pack / "texts/es.yaml", "greeting_title:", "zzz: 1\ngreeting_title:")
    top, espeak, seven = (line_of(pack, "brand.yaml", part) for part in ("default_language", "espaek", "voice_id: 7"))
    unknown, renamed = (line_of(pack, "texts/es.yaml", part) for part in ("zzz", "button_continua"))
    assert problems(pack) == [
        f"brand.yaml:{top}: default_language: fr is not in languages",
        f"brand.yaml:{espeak}: voices.en.espeak: missing",
        f"brand.yaml:{espeak}: voices.en.espaek: unknown key; did you mean espeak?",
        f"brand.yaml:{seven}: voices.es.voice_id: '7' does not match ^[A-Za-z]{{1,32}}$",
        f"texts/en.yaml:{line_of(pack, 'texts/en.yaml', 'video_c')}: video_caption: unknown placeholder {{nombre}}",
        "texts/es.yaml:1: button_continue: missing",
        f"texts/es.yaml:{unknown}: zzz: unknown key",
        f"texts/es.yaml:{renamed}: button_continua: unknown key; did you mean button_continue?",
    ]


def test_a_caption_that_is_too_long(pack: Path) -> None:
    edit(pack / "texts/en.yaml", "We made this", "We made this " + "long " * 300)
    assert len(problems(pack)) == 1
    line = line_of(pack, "texts/en.yaml", "video_caption")
    assert problems(pack)[0].startswith(f"texts/en.yaml:{line}: video_caption: 1")
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


def nested(pack: Path) -> None:
    (pack / "texts/es.yaml").write_text("[" * 20_000, encoding="utf-8")


def control_character(pack: Path) -> None:
    (pack / "texts/es.yaml").write_text("help: a\ndone: \x07", encoding="utf-8")


def list_for_texts(pack: Path) -> None:
    edit(pack / "brand.yaml", "media:", "media: []\nmedia_:")


def one_voice_more(pack: Path) -> None:
    edit(pack / "brand.yaml", "voices:", "voices:\n  fr: {voice_id: Lea, language_code: fr-FR, espeak: fr}")


def loop(pack: Path) -> None:
    (pack / "texts/es.yaml").write_text("help: &a [*a]", encoding="utf-8")


def limit(line: str) -> Callable[[Path], None]:
    def harm(pack: Path) -> None:
        edit(pack / "brand.yaml", "media:", f"limits: {line}\nmedia:")

    return harm


def label_missing(pack: Path) -> None:
    edit(pack / "brand.yaml", "{en: What is on this month, es: La agenda de este mes}", "{en: What is on this month}")


@pytest.mark.parametrize(
    ("harm", "expected"),
    [
        (break_link, "brand.yaml:#: links.0.url: 'javascript:alert(1)' does not match ^https?://"),
        (label_missing, "brand.yaml:#: links.1.label.es: missing"),
        (drop_texts, "texts/es.yaml: missing, though brand.yaml lists es"),
        (add_texts, "brand.yaml:#: languages: fr is missing, though texts/fr.yaml is there"),
        (drop_voice, "brand.yaml:#: voices.es: missing"),
        (one_voice_more, "brand.yaml:#: voices.fr: not in languages"),
        (drop_manifest, "brand.yaml: missing"),
        (double_key, "texts/en.yaml:#: greeting_title: given twice, first on line 16"),
        (no_yaml, "texts/es.yaml:#: "),
        (no_mapping, "texts/es.yaml: must be a mapping of keys"),
        (no_utf8, "texts/es.yaml: not UTF-8"),
        (nested, "texts/es.yaml: nested too deeply"),
        (loop, "texts/es.yaml:#: found"),
        (control_character, "texts/es.yaml:#: the character '\\x07' may not be in YAML"),
        (list_for_texts, "brand.yaml:#: media: must be a mapping of keys"),
        (too_large, "texts/es.yaml: larger than 256 KiB"),
        (folder_for_file, "texts/es.yaml: cannot be read"),
        (texts_inside, "brand.yaml:#: texts: belongs into"),
        (limit(""), "brand.yaml:#: limits: must be a mapping of keys"),
        (limit("{ask_again_after: soon}"), "brand.yaml:#: limits.ask_again_after: must be a number"),
        (limit("{ask_again_after: 0}"), "brand.yaml:#: limits.ask_again_after: must be at least #"),
        (limit("{ask_again_growth: 0.5}"), "brand.yaml:#: limits.ask_again_growth: must be at least #"),
        (limit("{ask_again_times: 1.5}"), "brand.yaml:#: limits.ask_again_times: must be a whole number"),
        (limit("{name_length: 65}"), "brand.yaml:#: limits.name_length: must be at most #"),
        (
            limit("{ask_again_time: 1}"),
            "brand.yaml:#: limits.ask_again_time: unknown key; did you mean ask_again_times?",
        ),
    ],
)
def test_each_way_to_be_wrong_is_named_first(pack: Path, harm: Callable[[Path], None], expected: str) -> None:
    harm(pack)
    found = problems(pack)
    assert re.sub(r"\d+", "#", found[0]).startswith(re.sub(r"\d+", "#", expected))
    assert len(set(found)) == len(found)


def test_a_doubled_key_hides_no_other_mistake(pack: Path) -> None:
    double_key(pack)
    edit(pack / "texts/en.yaml", "button_again:", "button_nochmal:")
    first = line_of(pack, "texts/en.yaml", "greeting_title")
    assert {problem.partition(": ")[2] for problem in problems(pack)} == {
        "button_again: missing",
        "button_nochmal: unknown key; did you mean button_again?",
        f"greeting_title: given twice, first on line {first}",
    }


def test_a_text_is_a_text_whatever_yaml_takes_it_for(pack: Path) -> None:
    edit(pack / "brand.yaml", "[en, es]", "[en, es, no]")
    for section in ("media", "voices"):
        copy_language(pack, section, "no")
    content = (pack / "brand.yaml").read_text(encoding="utf-8")
    (pack / "brand.yaml").write_text(content.replace("}\n  - url", ", no: yes}\n  - url"), encoding="utf-8")
    edit(pack / "brand.yaml", "Habla con una persona}", "Habla con una persona, no: 1.50}")
    shutil.copy(pack / "texts/es.yaml", pack / "texts/no.yaml")
    edit(pack / "texts/no.yaml", "greeting_title: Un saludo para ti", "greeting_title: 2026-11-23")
    brand = load_brand(pack)
    assert brand.language_for("no") == "no"
    assert (brand.texts["no"].greeting_title, brand.links[2].label["no"]) == ("2026-11-23", "1.50")


def copy_language(pack: Path, section: str, language: str) -> None:
    lines = (pack / "brand.yaml").read_text(encoding="utf-8").splitlines()
    start = lines.index(f"{section}:")
    spanish = next(number for number, line in enumerate(lines) if number > start and line.startswith("  es:"))
    lines.insert(spanish + 1, lines[spanish].replace("  es:", f"  {language}:"))
    (pack / "brand.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_mistakes_in_texts_show_without_a_manifest(pack: Path) -> None:
    drop_manifest(pack)
    edit(pack / "texts/es.yaml", "greeting_title:", "greeting_titulo:")
    line = line_of(pack, "texts/es.yaml", "titulo")
    assert problems(pack) == [
        "brand.yaml: missing",
        "texts/es.yaml:1: greeting_title: missing",
        f"texts/es.yaml:{line}: greeting_titulo: unknown key; did you mean greeting_title?",
    ]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert problems(tmp_path / "nowhere") == ["brand.yaml: missing"]


def test_a_pack_that_is_replaced_while_it_is_read_is_read_as_one(pack: Path, tmp_path: Path) -> None:
    """As Kubernetes mounts a ConfigMap: `..data` leads to one version, and everything else leads through it."""
    volume = tmp_path / "volume"
    volume.mkdir()
    pack.rename(volume / "..1")
    (volume / "..data").symlink_to("..1")
    (volume / "brand.yaml").symlink_to("..data/brand.yaml")
    (volume / "texts").symlink_to("..data/texts")
    assert load_brand(volume) == load_brand(volume / "..1")
    (volume / "brand.yaml").unlink()
    (volume / "brand.yaml").symlink_to("..2/brand.yaml")
    assert load_brand(volume).name == "Alba"
