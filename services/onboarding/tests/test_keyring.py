"""Signing keys in files that change."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from lbc_onboarding.adapters.keyring import KeyRing, show
from lbc_runtime.metrics import Catalogue
from lbc_runtime.secretfile import SecretFile

OLD, NEW = "1:" + "o" * 32, "2:" + "n" * 32


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    current, previous = tmp_path / "current", tmp_path / "previous"
    current.write_text(OLD)
    previous.write_text(OLD)
    return current, previous


def ids(ring: KeyRing) -> list[int]:
    return [key.id for key in ring.read()]


def swap(path: Path, text: str | bytes) -> None:
    """As Kubernetes does: another file under the same name."""
    new = path.with_suffix(".new")
    new.write_bytes(text if isinstance(text, bytes) else text.encode())
    new.replace(path)


def test_a_rotation_is_seen_without_a_restart(files: tuple[Path, Path]) -> None:
    current, previous = files
    ring = KeyRing([SecretFile(current), SecretFile(previous)])
    assert ids(ring) == [1]
    swap(current, NEW)
    assert ids(ring) == [2, 1]
    swap(previous, NEW)
    assert ids(ring) == [2]
    swap(previous, OLD + "\n" + NEW)
    assert ids(ring) == [2, 1]


@pytest.mark.parametrize("text", ["", "rubbish-that-is-no-key", b"\xff\xfe", None])
def test_a_mistake_keeps_the_keys_and_is_told_without_them(
    files: tuple[Path, Path], text: str | bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    current, previous = files
    ring = KeyRing([SecretFile(current), SecretFile(previous)])
    swap(current, NEW)
    assert ids(ring) == [2, 1]
    if text is None:
        current.unlink()
    else:
        swap(current, text)
    with caplog.at_level(logging.WARNING):
        assert ids(ring) == [2, 1]
    assert "not usable" in caplog.text
    assert "rubbish" not in caplog.text
    swap(current, OLD)
    assert ids(ring) == [1]


def test_the_metrics_show_the_keys_as_the_files_have_them(files: tuple[Path, Path]) -> None:
    registry = CollectorRegistry()
    current, previous = files
    show(KeyRing([SecretFile(current), SecretFile(previous)]), Catalogue(registry))

    def known() -> set[int]:
        return {id_ for id_ in range(16) if registry.get_sample_value("lbc_signing_key_known", {"id": str(id_)})}

    assert known() == {1}
    swap(current, NEW)
    assert known() == {1, 2}
