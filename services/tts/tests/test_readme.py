from __future__ import annotations

from pathlib import Path

from lbc_runtime.settings import ServiceSettings, settings_table
from lbc_tts.settings import TtsSettings


def own_rows() -> list[str]:
    shared = set(settings_table(ServiceSettings).splitlines())
    rows = settings_table(TtsSettings).splitlines()
    return [row for row in rows if row not in shared and "`LBC_AWS__" not in row]


def test_the_readme_has_every_setting() -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8").splitlines()
    assert own_rows() == [row for row in readme if row.startswith("| `LBC_")]
