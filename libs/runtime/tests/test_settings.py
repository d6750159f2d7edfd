from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import BaseModel, Field

from lbc_runtime.errors import SettingsError
from lbc_runtime.secretfile import SecretFile
from lbc_runtime.settings import AwsSettings, BrokerSettings, ServiceSettings, load, settings_table


class BotApi(BaseModel):
    token_file: SecretFile = Field(description="file with the bot's token")


class ExampleSettings(ServiceSettings):
    aws: AwsSettings = AwsSettings()
    bot_api: BotApi


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in os.environ:
        if name.startswith("LBC_"):
            monkeypatch.delenv(name)
    return monkeypatch


@pytest.fixture
def token(tmp_path: Path) -> Path:
    file = tmp_path / "token"
    file.write_text("110201543:secret\n")
    return file


def test_all_that_is_needed_comes_from_the_environment(environment: pytest.MonkeyPatch, token: Path) -> None:
    environment.setenv("LBC_BOT", "demo_bot")
    environment.setenv("LBC_BROKER__URL", "amqps://delivery@broker/lbc")
    environment.setenv("LBC_BROKER__PREFETCH", "25")
    environment.setenv("LBC_BOT_API__TOKEN_FILE", str(token))
    settings = load(ExampleSettings)
    assert settings.broker.prefetch == 25
    assert settings.bot_api.token_file.read() == "110201543:secret"
    assert "110201543" not in repr(settings)


def test_every_mistake_is_listed_and_no_secret_told(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    environment.setenv("LBC_BROKER__URL", "http://user:hunter2@broker")
    environment.setenv("LBC_BROKER__PREFETCH", "many")
    environment.setenv("LBC_BROKER__PREFECTH", "10")
    environment.setenv("LBC_BROKER__CA_FILE", "/nowhere")
    environment.setenv("LBC_ADMIN_PORT", "70000")
    environment.setenv("LBC_AWS__S3_ENDPOINT", "")
    environment.setenv("LBC_BOT_API__TOKEN_FILE", str(empty))
    with pytest.raises(SettingsError) as caught:
        load(ExampleSettings)
    named = {mistake.partition(":")[0] for mistake in caught.value.mistakes}
    assert named == {
        "LBC_BOT",
        "LBC_BROKER__URL",
        "LBC_BROKER__PREFETCH",
        "LBC_BROKER__PREFECTH",
        "LBC_BROKER__CA_FILE",
        "LBC_ADMIN_PORT",
        "LBC_AWS__S3_ENDPOINT",
        "LBC_BOT_API__TOKEN_FILE",
    }
    assert "hunter2" not in str(caught.value)


def test_what_is_no_json_is_named(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("LBC_BROKER", "not json, and hunter2")
    with pytest.raises(SettingsError, match="broker") as caught:
        load(ExampleSettings)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("url", ["", "amqp://", "broker", "amqp://[broken"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must be like amqp"):
        BrokerSettings.model_validate({"url": url})


def test_the_password_comes_from_its_file_as_that_is_now(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("first\n")
    settings = BrokerSettings.model_validate({"url": "amqp://delivery@broker/lbc", "password_file": file})
    assert settings.resolved_url().password == "first"
    replacement = tmp_path / "replacement"
    replacement.write_text("second@/\n")
    replacement.rename(file)  # as Kubernetes does it
    assert settings.resolved_url().password == "second@/"
    assert "second" not in repr(settings)


def test_a_secret_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        BotApi.model_validate({"token_file": str(tmp_path / "missing")})
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match="not UTF-8"):
        BotApi.model_validate({"token_file": binary})
    with pytest.raises(ValueError, match="path of a file"):
        BotApi.model_validate({"token_file": 7})


def test_the_table_names_every_variable_with_its_meaning() -> None:
    table = settings_table(ExampleSettings)
    assert "| `LBC_BROKER__PREFETCH` | int | `10` | messages in flight for each queue |" in table
    assert "| `LBC_BOT_API__TOKEN_FILE` | file with a secret | required | file with the bot's token |" in table
    assert "| `LBC_BOT` | text | required |" in table
    rows = table.splitlines()[2:]
    assert all(row.split("|")[4].strip() for row in rows)
