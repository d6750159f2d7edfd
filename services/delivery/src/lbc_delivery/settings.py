"""The settings of delivery; the table in the README is drawn from them."""

from __future__ import annotations

from pydantic import AnyHttpUrl, Field, ValidationInfo, field_validator

from lbc_delivery.domain.claims import CLOCK_SKEW
from lbc_runtime.secretfile import SecretFile
from lbc_runtime.settings import AwsSettings, ServiceSettings


class DeliverySettings(ServiceSettings):
    """Everything that can be set, as ``LBC_<NAME>``."""

    aws: AwsSettings = Field(description="Region and endpoints; credentials come by AWS's default chain.")
    tables_prefix: str = Field(default="lbc-", description="What the names of the DynamoDB tables begin with.")
    bot_token_file: SecretFile = Field(description="File with the bot's token; read again when it changes.")
    telegram_api_url: AnyHttpUrl = Field(
        default=AnyHttpUrl("https://api.telegram.org"), description="Where the Bot API is; a simulator's address, say."
    )
    connect_timeout: float = Field(default=5, gt=0, description="Seconds for a connection to the Bot API.")
    request_timeout: float = Field(
        default=15, gt=0, description="Seconds for a whole request; Telegram fetches media by URL within it."
    )
    lease: float = Field(
        default=30, gt=0, description="Seconds that a claim holds: how long a command waits after a crash."
    )
    messages_per_second: float = Field(default=30, ge=0, description="Messages a second over all; 0 means no limit.")
    chat_messages_per_second: float = Field(default=1, ge=0, description="Messages a second in a chat; 0: no limit.")
    chat_patience: float = Field(
        default=1.2,
        gt=0,
        le=10,
        description="Seconds that a message waits here for its chat; beyond that it is parked.",
    )
    chats_remembered: int = Field(default=100_000, ge=1, description="Chats whose pace is remembered.")
    files_remembered: int = Field(default=10_000, ge=1, description="file_ids kept in memory.")
    link_min_life: float = Field(
        default=600, ge=0, description="Seconds; a link with less left to live is renewed before it is used."
    )
    link_label: str = Field(
        default="🔗", min_length=1, max_length=64, description="Label of a link's button if the command brings none."
    )
    row_life: float = Field(
        default=90 * 86_400, ge=86_400, description="Seconds that rows stay; longer than any dead letter."
    )
    give_up_after: float = Field(
        default=86_400, gt=0, description="Age in seconds at which a command whose fate is unknown is tried no more."
    )
    max_doubtful: int = Field(
        default=3, ge=1, description="Sends of one command whose fate is unknown while Telegram answers; then it fails."
    )
    pause_interval: float = Field(default=3, gt=0, description="Seconds between two looks at the operator's pause.")

    @field_validator("lease")
    @classmethod
    def _outlives_a_request(cls, lease: float, info: ValidationInfo) -> float:
        request = info.data.get("request_timeout")
        if request is not None and request + CLOCK_SKEW.total_seconds() > lease:
            raise ValueError("must be at least a second above LBC_REQUEST_TIMEOUT")
        return lease
