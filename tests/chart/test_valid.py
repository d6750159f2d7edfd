"""Every values file renders with both Helms to the same valid objects."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from rendering import APIS, DEVSTACK, ENVIRONMENTS, HELMS, PRODUCT, RefusedError, Rendered, render

SCHEMAS = Path(__file__).parent / "schemas" / "{{ .Group }}_{{ .ResourceAPIVersion }}_{{ .ResourceKind }}.json"


def _conform(rendered: Rendered) -> None:
    if shutil.which("kubeconform") is None:
        pytest.fail("kubeconform is needed: go install github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0")
    command = ["kubeconform", "-strict", "-schema-location", str(SCHEMAS), "-"]
    done = subprocess.run(command, input=rendered.text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("apis", [APIS, ()], ids=["all-apis", "bare"])
def test_objects_are_valid_and_the_same_for_both_helms(environment: str, apis: tuple[str, ...]) -> None:
    assert HELMS, "no helm on this machine"
    rendered = [render(environment=environment, apis=apis, helm=helm) for helm in HELMS]
    _conform(rendered[0])
    assert all(other.objects == rendered[0].objects for other in rendered)


def test_the_devstack_is_valid_and_the_same_for_both_helms() -> None:
    rendered = [render(DEVSTACK, helm=helm) for helm in HELMS]
    _conform(rendered[0])
    kinds = [[(item["kind"], item["metadata"]["name"]) for item in other.objects] for other in rendered]
    assert all(other == kinds[0] for other in kinds)


@pytest.mark.parametrize("helm", HELMS)
@pytest.mark.parametrize("chart", [PRODUCT, DEVSTACK], ids=lambda chart: chart.name)
def test_lint_is_clean(helm: str, chart: Path) -> None:
    values = ["--values", str(PRODUCT / "values-prod.yaml")] if chart == PRODUCT else []
    command = [helm, "lint", "--strict", "--kube-version", "1.34.0", str(chart), *values]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "typo",
    [
        {"ingres": {}},
        {"ingress": {"scalling": {"min": 2}}},
        {"edge": {"rateLimit": {"avrage": 1}}},
        {"onboarding": {"settings": {"LOG": "x"}}},
        {"broker": {"tls": {"enable": True}}},
        {"networkPolicy": {"aws": [{"ipblock": {}}]}},
    ],
)
def test_a_typo_is_refused_by_its_name(typo: dict[str, object]) -> None:
    wrong = {"ingres", "scalling", "avrage", "LOG", "enable", "ipblock"}
    with pytest.raises(RefusedError) as refused:
        render(values=typo)
    assert any(f"'{word}'" in str(refused.value) for word in wrong)


@pytest.mark.parametrize("missing", ["bot", "broker.host", "aws.buckets.assets"])
def test_what_is_required_is_asked_for_by_its_name(missing: str) -> None:
    values = yaml.safe_load((PRODUCT / "values-dev.yaml").read_text())
    *path, last = missing.split(".")
    inner = values
    for part in path:
        inner = inner[part]
    del inner[last]
    with pytest.raises(RefusedError, match=last):
        render(environment=None, values=values)


def test_environments_differ_only_where_they_should() -> None:
    """Staging and production have the same settings, and differ in names, sizes and limits alone."""
    staging, prod = (yaml.safe_load((PRODUCT / f"values-{name}.yaml").read_text()) for name in ("staging", "prod"))

    def shape(node: object, path: str = "") -> set[str]:
        if isinstance(node, dict):
            return {name for key, value in node.items() for name in shape(value, f"{path}.{key}")}
        return {path}

    assert {path for path in shape(staging) ^ shape(prod) if ".scaling." not in path} == set()
