from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from lbc_delivery.settings import DeliverySettings
from lbc_runtime.settings import ServiceSettings


def settings(tmp_path: Path, **changes: Any) -> DeliverySettings:
    token = tmp_path / "token"
    token.write_text("1:x")
    given: dict[str, Any] = {"bot": "demo", "broker": {"url": "amqp://u@h"}, "aws": {}, "bot_token_file": token}
    return DeliverySettings(**(given | changes))


def test_the_defaults_are_in_order(tmp_path: Path) -> None:
    made = settings(tmp_path)
    assert str(made.telegram_api_url) == "https://api.telegram.org/"
    assert made.link_min_life == 600


def test_a_lease_must_outlive_a_request(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="LBC_REQUEST_TIMEOUT"):
        settings(tmp_path, lease=10, request_timeout=10)


def test_limits_can_be_switched_off(tmp_path: Path) -> None:
    made = settings(tmp_path, messages_per_second=0, chat_messages_per_second=0)
    assert (made.messages_per_second, made.chat_messages_per_second) == (0, 0)


def test_the_readme_has_the_table_of_settings() -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    own = DeliverySettings.model_fields.keys() - ServiceSettings.model_fields.keys() - {"aws"}
    missing = [name for name in own if f"LBC_{name.upper()}" not in readme]
    assert missing == []
