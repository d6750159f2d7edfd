"""What the README says, held against what there is."""

import dataclasses
import re
from pathlib import Path

import pytest

from telegram_sim.__main__ import main
from telegram_sim.client import Sim
from telegram_sim.methods import METHODS
from telegram_sim.settings import PREFIX, Settings

pytest_plugins = ["pytester"]

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return README.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def first_cells(table: str) -> list[str]:
    return [line.split(" | ")[0].removeprefix("| ") for line in table.splitlines() if line.startswith("| ")][1:]


def test_every_setting_is_in_the_table() -> None:
    named = {
        name if name.startswith(PREFIX) else f"{PREFIX}{name.removeprefix('_')}"
        for cell in first_cells(section("Settings"))
        for name in re.findall(r"`(\w+)`", cell)
    }
    assert named == {f"{PREFIX}{setting.name.upper()}" for setting in dataclasses.fields(Settings)}


def test_every_option_is_in_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    options = set(re.findall(r"^  (--[a-z-]+)", capsys.readouterr().out, re.MULTILINE)) - {"--version"}
    assert options
    assert options == set(
        re.findall(r"`(--[a-z-]+)`", "".join(re.findall(r"^\|.*", section("Settings"), re.MULTILINE)))
    )


def test_every_method_is_in_the_first_row() -> None:
    methods = first_cells(section("What is simulated"))[0].replace(" and download", "").split(", ")
    assert sorted(method.lower() for method in methods) == sorted(METHODS)


async def test_every_kind_of_fault_is_in_the_table(sim: Sim) -> None:
    kinds = [kind["name"] for kind in (await sim.request("GET", "/faults"))["kinds"]]
    assert sorted(", ".join(first_cells(section("Faults"))).split(", ")) == sorted(kinds)


def test_links_within_lead_somewhere() -> None:
    titles = {title.lower().replace(" ", "-") for title in re.findall(r"^## (.*)", README, re.MULTILINE)}
    links = set(re.findall(r"\]\(#([^)]*)\)", README))
    assert links
    assert links <= titles


def test_the_first_bot_and_its_test_run_as_they_stand(pytester: pytest.Pytester) -> None:
    bot, test = re.findall(r"```python\n(.*?)```", section("Five minutes"), re.DOTALL)
    pytester.makepyfile(echo=bot, test_echo=test)
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    pytester.runpytest_subprocess("-p", "no:cacheprovider", timeout=120).assert_outcomes(passed=1)
