"""What `make run` and the tests may choose about the local stack; each as ``STACK_<NAME>`` in the environment."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from lbc_contracts.topology import Rung


class Ports(BaseSettings):
    """Where each part listens; 0 takes a free port."""

    model_config = SettingsConfigDict(env_prefix="STACK_PORT_", extra="forbid")

    webhook: int = Field(default=8080, description="The webhook of ingress.")
    chat: int = Field(default=8081, description="The simulator: chat page and Bot API.")
    rabbitmq: int = Field(default=5673, description="AMQP of a RabbitMQ of our own.")
    rabbitmq_management: int = Field(default=15673, description="Its management API and page.")
    dynamodb: int = Field(default=8001, description="DynamoDB Local.")
    s3: int = Field(default=5001, description="The stand-in for S3, STS and KMS.")
    admin: int = Field(default=9101, description="First of the services' admin ports; they take one each.")


class Pace(BaseSettings):
    """How fast time passes for what waits: the tests make a minute of production a second."""

    model_config = SettingsConfigDict(env_prefix="STACK_PACE_", extra="forbid")

    rungs: dict[Rung, float] | None = Field(default=None, description="Seconds in each delay rung.")
    step_due: float = Field(default=60, description="Seconds until a pending step is overdue.")
    sweep_every: float = Field(default=5, description="Seconds between the sweeper's rounds.")
    telegram_time_scale: float = Field(default=1.0, description="Factor on the simulator's retry schedule.")
    lease: float = Field(default=30, description="Seconds for which delivery claims a command.")


class StackSettings(BaseSettings):
    """The local stack."""

    model_config = SettingsConfigDict(env_prefix="STACK_", extra="forbid")

    run_dir: Path = Field(default=Path(".run"), description="Data, logs, secrets and addresses.")
    host: str = Field(default="127.0.0.1", description="Address that the webhook and the chat page listen on.")
    limits: Literal["on", "off"] = Field(default="on", description="Flood limits of ingress and delivery.")
    engine: Literal["espeak", "polly"] = Field(default="espeak", description="What speaks.")
    brand: Path = Field(default=Path("brands/demo"), description="Folder of the brand.")
    bot: str = Field(default="demo_bot", description="The bot's user name.")
    telegram_token_file: Path | None = Field(
        default=None, description="A file with a real bot's token: talk to Telegram instead of the simulator."
    )
    webhook_url: str | None = Field(
        default=None, description="Public https address of the webhook; needed with a real bot."
    )
    ports: Ports = Field(default_factory=Ports)
    pace: Pace = Field(default_factory=Pace)
