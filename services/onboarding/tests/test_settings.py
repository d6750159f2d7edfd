"""Settings and wiring."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from lbc_contracts.ids import Step
from lbc_onboarding.adapters.keyring import KeyRing
from lbc_onboarding.adapters.meter import CatalogueMeter
from lbc_onboarding.bootstrap import onboarding, readers, rules, sweeper
from lbc_onboarding.domain.legacy import LEGACY
from lbc_onboarding.domain.signed import SignedReader
from lbc_onboarding.settings import OnboardingSettings, SweeperSettings
from lbc_runtime.errors import SettingsError
from lbc_runtime.metrics import Catalogue
from lbc_runtime.settings import load, settings_table

ROOT = Path(__file__).parents[3]


@pytest.fixture
def environment() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LBC_BOT", "alba")
        patch.setenv("LBC_BROKER__URL", "amqp://nobody@127.0.0.1:1/none")
        patch.setenv("LBC_BRAND", str(ROOT / "brands" / "demo"))
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        yield patch


async def test_both_are_wired_from_their_settings(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("LBC_STEP_DUE", "1.5")
    async with onboarding(load(OnboardingSettings)) as worker:
        assert not worker.ready()
    async with sweeper(load(SweeperSettings)) as sweeping:
        assert not sweeping.ready()


def test_rules_come_from_the_settings(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("LBC_STEP_DUE", "1.5")
    found = rules(load(OnboardingSettings))
    assert (found.due_after, found.due_growth, found.max_wakes) == (1500, 2, 5)


def test_a_step_that_would_be_overdue_at_once_is_refused(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("LBC_STEP_DUE", "0.0001")
    with pytest.raises(SettingsError, match="LBC_STEP_DUE"):
        load(OnboardingSettings)


def test_forms_of_tokens_come_from_the_settings(environment: pytest.MonkeyPatch) -> None:
    signed, *others = readers(load(OnboardingSettings), KeyRing([]))
    assert isinstance(signed, SignedReader)
    assert tuple(others) == LEGACY
    environment.setenv("LBC_LEGACY_TOKENS", "false")
    assert len(readers(load(OnboardingSettings), KeyRing([]))) == 1


def test_every_mistake_is_listed(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.setenv("LBC_BRAND", str(tmp_path))
    environment.setenv("LBC_MAX_WAKES", "-1")
    environment.setenv("LBC_BOT", "not a name")
    keys = tmp_path / "keys"
    keys.write_text("1:too-short-a-secret")
    environment.setenv("LBC_SIGNING_KEY_FILE", str(keys))
    with pytest.raises(SettingsError) as caught:
        load(OnboardingSettings)
    assert [mistake.split(":")[0] for mistake in sorted(caught.value.mistakes)] == [
        "LBC_BOT",
        "LBC_BRAND",
        "LBC_MAX_WAKES",
        "LBC_SIGNING_KEY_FILE",
    ]
    assert "brand.yaml: missing" in str(caught.value)
    assert "too-short-a-secret" not in str(caught.value)


@pytest.mark.parametrize("settings", [OnboardingSettings, SweeperSettings])
def test_the_readme_lists_every_setting(settings: type[OnboardingSettings | SweeperSettings]) -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    assert settings_table(settings) in readme


def test_the_meter_counts_in_the_catalogue() -> None:
    registry = CollectorRegistry()
    meter = CatalogueMeter(Catalogue(registry))
    meter.event("start", "applied")
    meter.touch("organic")
    meter.step(Step.VIDEO, "asked")
    meter.given_up(Step.VIDEO)
    meter.woken(Step.VIDEO)
    meter.seen(3)
    assert registry.get_sample_value("lbc_onboarding_events_total", {"input": "start", "result": "applied"}) == 1
    assert registry.get_sample_value("lbc_attribution_total", {"result": "organic"}) == 1
    assert registry.get_sample_value("lbc_steps_total", {"step": "video", "outcome": "asked"}) == 1
    assert registry.get_sample_value("lbc_step_failed_total", {"step": "video"}) == 1
    assert registry.get_sample_value("lbc_sweeper_woken_total", {"step": "video"}) == 1
    assert registry.get_sample_value("lbc_sweeper_overdue") == 3
