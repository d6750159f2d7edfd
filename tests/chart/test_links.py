"""The keys of start links reach onboarding (and the desk, see `test_desk`), as files of its own Secret."""

from __future__ import annotations

from rendering import ENVIRONMENTS, SERVICES, Rendered, render

KEYS = {
    "LBC_SIGNING_KEY_FILE": "/run/secrets/lbc/signing-key",
    "LBC_SIGNING_KEY_PREVIOUS_FILE": "/run/secrets/lbc/signing-key-previous",
}


def _keys(rendered: Rendered, service: str) -> dict[str, str]:
    settings = rendered.one("ConfigMap", f"lbc-{service}")["data"]
    return {name: value for name, value in settings.items() if "SIGNING_KEY" in name}


def test_with_signed_links_onboarding_knows_both_files() -> None:
    for environment in ENVIRONMENTS:
        rendered = render(environment=environment)
        found = {service: _keys(rendered, service) for service in SERVICES}
        assert found == {service: KEYS if service == "onboarding" else {} for service in SERVICES}


def test_without_them_it_needs_no_key() -> None:
    assert _keys(render(values={"onboarding": {"signedLinks": False}}), "onboarding") == {}
