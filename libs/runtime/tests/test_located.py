"""YAML with lines, whatever is in it; and packs of which only the laws are known."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lbc_contracts.brand import Texts
from lbc_runtime.brand import BrandError, load_brand
from lbc_runtime.located import Located, NotYamlError, read

DEMO = Path(__file__).parents[3] / "brands" / "demo"

BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "\n".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
"""A hundred million texts by nine aliases."""

anything = st.text(st.characters(codec="utf-8"), max_size=200)
texts = st.text("aé1 :#-{}[]&*!|>'\"%@`?,~\n\t\U0001f600", max_size=30)
trees = st.recursive(texts, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4))


@settings(deadline=None)
@given(anything | texts)
@example("a: &a [*a]")
@example("? [a]\n: b")
@example("--- a\n--- b")
@example("%YAML 9.9\n---\na: b")
@example("!!python/object/apply:os.system [id]")
@example("a: !!binary x")
@example("<<: [a]")
@example("\x00")
@example("\ufeffa: b")
@example(BOMB)
def test_any_text_is_read_or_refused(text: str) -> None:
    found = read_or_refused(text)
    if isinstance(found, NotYamlError):
        assert str(found)
        assert found.line is None or 1 <= found.line <= text.count("\n") + 2
    else:
        assert len(list(found.doubled())) <= text.count(":")
        assert found.line(("a", 0, "b")) >= 1


def read_or_refused(text: str) -> Located | NotYamlError:
    try:
        return read(text)
    except NotYamlError as error:
        return error


@settings(deadline=None)
@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), trees, min_size=1, max_size=6))
def test_a_key_is_where_it_stands_and_every_scalar_is_text(tree: dict[str, Any]) -> None:
    dumped = yaml.safe_dump(tree, allow_unicode=True, sort_keys=False)
    found = read(dumped)
    assert found.content == tree
    lines = dumped.splitlines()
    for key in tree:
        assert lines[found.line((key,)) - 1].startswith((f"{key}:", f"'{key}':", f'"{key}":'))
    assert list(found.doubled()) == []


@pytest.mark.parametrize("text", ["1", "no", "2026-11-23", "0x10", "1_000", "~", "null", ".inf", "012", "yes", "1:30"])
def test_yaml_makes_nothing_of_a_text(text: str) -> None:
    assert read(f"key: {text}").content == {"key": text}


def test_keys_given_twice_are_found_at_any_depth() -> None:
    found = read("a: 1\nb:\n  - {c: 1, c: 2}\n  - &x {d: 1}\n  - *x\na: 3")
    assert sorted(found.doubled()) == [(3, "c", 3), (6, "a", 1)]


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packs") / "demo"
    shutil.copytree(DEMO, folder, ignore=shutil.ignore_patterns("media"))
    return folder


def problems(folder: Path) -> list[str]:
    try:
        load_brand(folder)
    except BrandError as error:
        return list(error.problems)
    return []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from([*Texts.model_fields]) | texts, trees, max_size=8))
def test_whatever_a_file_says_the_pack_is_explained(pack: Path, content: dict[str, Any]) -> None:
    (pack / "texts" / "es.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    found = problems(pack)
    assert found
    assert all(problem.startswith("texts/es.yaml") for problem in found)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["name", "languages", "links", "media", "voices", "texts", "surprise"]), trees)
def test_whatever_the_manifest_says_the_pack_is_read_or_explained(pack: Path, key: str, value: Any) -> None:
    manifest = yaml.safe_load((DEMO / "brand.yaml").read_text(encoding="utf-8")) | {key: value}
    (pack / "brand.yaml").write_text(yaml.safe_dump(manifest, allow_unicode=True), encoding="utf-8")
    shutil.copy(DEMO / "texts" / "es.yaml", pack / "texts" / "es.yaml")
    assert all(problem.startswith(("brand.yaml", "texts/")) for problem in problems(pack))


@pytest.mark.parametrize("place", ["voices.en.engine", "languages", "links", "media.en", "name"])
def test_a_pack_that_would_fill_any_memory_is_explained(pack: Path, place: str) -> None:
    manifest = (DEMO / "brand.yaml").read_text(encoding="utf-8")
    *way, last = place.split(".")
    old = {"engine": "engine: neural", "en": "en: {welcome_video: demo/welcome.en.mp4, title: Welcome to Alba}"}
    line = old.get(last) or next(line for line in manifest.splitlines() if line.startswith(f"{last}:"))
    rest = "\nlinks_:" if last == "links" else ""
    (pack / "brand.yaml").write_text(f"{BOMB}\n{manifest.replace(line, f'{last}: *i{rest}', 1)}", encoding="utf-8")
    found = problems(pack)
    assert any(place in problem for problem in found), way
    assert sum(map(len, found)) < 100_000
