"""Settings that all services share, read from the environment: ``LBC_BROKER__URL`` is ``settings.broker.url``."""

from __future__ import annotations

import types
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    FilePath,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    ValidationError,
    field_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings import SettingsError as UnparsableError
from yarl import URL

from lbc_contracts.messages import BotName
from lbc_runtime.errors import SettingsError
from lbc_runtime.secretfile import SecretFile

PREFIX = "LBC_"
DELIMITER = "__"

LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


class BrokerSettings(BaseModel):
    """How to reach RabbitMQ, and how patient to be with it. All times in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: SecretStr = Field(description="amqp:// or amqps:// address with user and vhost, best without password")
    password_file: SecretFile | None = Field(default=None, description="file with the AMQP user's password")
    ca_file: FilePath | None = Field(default=None, description="certificate authority for amqps, if not a public one")
    prefetch: PositiveInt = Field(default=10, le=1000, description="messages in flight for each queue")
    max_publishes: PositiveInt = Field(default=256, description="publishes that may wait for their confirm at once")
    publish_timeout: PositiveFloat = Field(default=5, description="longest wait for a confirm, reconnecting included")
    connect_timeout: PositiveFloat = Field(default=5, description="longest wait for a connection or a channel")
    heartbeat: PositiveInt = Field(default=10, description="AMQP heartbeat; a frozen broker is given up after three")
    max_attempts: PositiveInt = Field(default=8, description="tries of one message before it is a dead letter")
    hold_limit: PositiveFloat = Field(
        default=600, le=1500, description="how long a message is kept for a dependency before it waits in the broker"
    )
    probe_backoff_min: PositiveFloat = Field(default=0.2, description="first wait before a dependency is probed")
    probe_backoff_max: PositiveFloat = Field(default=5, description="longest wait between two probes")
    drain_timeout: PositiveFloat = Field(default=25, description="how long a stop waits for messages in flight")
    handle_timeout: PositiveFloat = Field(default=60, description="longest time for one try of one message")

    @field_validator("url")
    @classmethod
    def _is_amqp(cls, value: SecretStr) -> SecretStr:
        try:
            url = URL(value.get_secret_value())
        except ValueError:
            url = URL()
        if url.scheme not in {"amqp", "amqps"} or not url.host:
            raise ValueError("must be like amqp://user@host:5672/vhost")
        return value

    def resolved_url(self) -> URL:
        """The address with the password as its file has it now; never to be logged.

        Raises:
            OSError: the password's file cannot be read.
        """
        url = URL(self.url.get_secret_value())
        return url.with_password(self.password_file.read()) if self.password_file else url


class AwsSettings(BaseModel):
    """How to reach AWS, or what stands in for it; credentials come by AWS's own default chain."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    region: str = Field(default="us-east-1", description="AWS region")
    dynamodb_endpoint: str | None = Field(default=None, description="address of DynamoDB, if not AWS's own")
    s3_endpoint: str | None = Field(default=None, description="address of S3, if not AWS's own")
    s3_public_endpoint: str | None = Field(default=None, description="address under which Telegram reaches S3")
    sts_endpoint: str | None = Field(default=None, description="address of STS, if not AWS's own")
    kms_endpoint: str | None = Field(default=None, description="address of KMS, if not AWS's own")
    polly_endpoint: str | None = Field(default=None, description="address of Polly, if not AWS's own")
    connect_timeout: PositiveFloat = Field(default=2, description="longest wait for a connection, in seconds")
    read_timeout: PositiveFloat = Field(default=5, description="longest wait for an answer, in seconds")
    max_pool_connections: PositiveInt = Field(default=50, description="connections kept open to one service of AWS")

    @field_validator("*", mode="after")
    @classmethod
    def _no_empty_address(cls, value: object) -> object:
        if isinstance(value, str) and not value:
            raise ValueError("must not be empty; leave it unset instead")
        return value


class ServiceSettings(BaseSettings):
    """What every service needs; a service adds its own fields in a subclass."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter=DELIMITER, frozen=True, extra="forbid", validate_default=True
    )

    bot: BotName = Field(description="name of the bot, as in its t.me link")
    broker: BrokerSettings
    admin_host: str = Field(default="127.0.0.1", description="where health, readiness and metrics listen")
    admin_port: int = Field(default=8081, ge=0, le=65535, description="port of health, readiness and metrics")
    log_level: LogLevel = Field(default="INFO", description="least severity that is logged")
    otlp_endpoint: str | None = Field(default=None, description="OTLP/HTTP trace collector; unset means no traces")
    stop_timeout: PositiveFloat = Field(
        default=29, description="longest time from SIGTERM to the end, in seconds; above the broker's drain_timeout"
    )


S = TypeVar("S", bound=BaseSettings)


def load(settings_class: type[S]) -> S:
    """Read the settings from the environment.

    Raises:
        SettingsError: with every mistake at once.
    """
    try:
        return settings_class()
    except ValidationError as error:
        mistakes = tuple(
            f"{name}: {_advice(e['type'], e['msg'])}"
            for e in error.errors(include_input=False, include_url=False, include_context=False)
            for name in _variables(settings_class, tuple(str(part) for part in e["loc"]), e["type"])
        )
    except UnparsableError as error:
        mistakes = (f"{PREFIX}*: {error}",)
    raise SettingsError(mistakes)


def variable(*path: str) -> str:
    """The environment variable of the field at ``path``."""
    return PREFIX + DELIMITER.join(path).upper()


def _variables(settings_class: type[BaseModel], path: tuple[str, ...], kind: str) -> list[str]:
    """The variables that a mistake at ``path`` is about: of a missing group, those that the group needs."""
    model: type[BaseModel] | None = settings_class
    for part in path:
        info = model.model_fields.get(part) if model else None
        model = _nested(info.annotation) if info else None
    if kind != "missing" or model is None:
        return [variable(*path)]
    needed = [name for name, info in model.model_fields.items() if info.is_required()]
    return [found for name in needed for found in _variables(settings_class, (*path, name), kind)]


def _advice(kind: str, message: str) -> str:
    if kind == "missing":
        return "is required; set it"
    if kind == "extra_forbidden":
        return "is no setting of this service; correct its name or remove it"
    return message.removeprefix("Value error, ")


def settings_table(settings_class: type[BaseModel]) -> str:
    """All settings of a service as a Markdown table, for its README."""
    rows = ["| Variable | Type | Default | Meaning |", "|---|---|---|---|"]
    rows += _rows(settings_class, ())
    return "\n".join(rows) + "\n"


def _rows(model: type[BaseModel], path: tuple[str, ...]) -> list[str]:
    rows: list[str] = []
    for name, info in model.model_fields.items():
        inner = _nested(info.annotation)
        if inner:
            rows += _rows(inner, (*path, name))
            continue
        cells = (f"`{variable(*path, name)}`", _type_name(info.annotation), _default(info), info.description or "")
        rows.append(f"| {' | '.join(cells)} |")
    return rows


def _nested(annotation: Any) -> type[BaseModel] | None:
    for candidate in (annotation, *get_args(annotation)):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return None


def _type_name(annotation: Any) -> str:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _type_name(get_args(annotation)[0])
    if origin is Literal:
        return ", ".join(f"`{value}`" for value in get_args(annotation))
    if origin in {Union, types.UnionType}:
        return " or ".join(_type_name(part) for part in get_args(annotation) if part is not type(None))
    if origin is not None and not isinstance(origin, type):
        return _type_name(get_args(annotation)[0])
    names = {SecretFile: "file with a secret", SecretStr: "address", Path: "file", str: "text"}
    return names.get(annotation, getattr(annotation, "__name__", str(annotation)))


def _default(info: FieldInfo) -> str:
    if info.default is PydanticUndefined and info.default_factory is None:
        return "required"
    value = info.get_default(call_default_factory=True, validated_data={})
    return "none" if value is None or value == "" else f"`{value}`"
