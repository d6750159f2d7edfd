"""The settings of onboarding and of the sweeper; the tables in the README are drawn from them."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, PositiveFloat, PositiveInt, field_validator

from lbc_contracts.tokens import parse_keys
from lbc_runtime.brand import BrandError, load_brand
from lbc_runtime.secretfile import SecretFile
from lbc_runtime.settings import AwsSettings, ServiceSettings


class _StoreSettings(ServiceSettings):
    """What both need."""

    aws: AwsSettings = Field(
        default_factory=AwsSettings, description="region and endpoints; credentials come by AWS's default chain"
    )
    tables_prefix: str = Field(default="lbc-", description="what the names of the DynamoDB tables begin with")
    events_days: PositiveInt = Field(
        default=30, description="days that event rows stay; longer than anything stays in a dead-letter queue"
    )
    sessions_days: PositiveInt = Field(default=180, description="days that a session's row stays after its last change")


class OnboardingSettings(_StoreSettings):
    """Everything that can be set for onboarding, as ``LBC_<NAME>``."""

    brand: Path = Field(description="folder of the brand pack")
    brand_every: PositiveFloat = Field(
        default=5, description="seconds between two looks at the brand pack; a new one counts at the second look"
    )
    step_due: float = Field(
        default=60,
        ge=0.1,
        le=86_400,
        description="seconds that a step may take before it is asked for again, then ever longer; "
        "this and the next two may be said by the brand pack's `limits` instead",
    )
    step_due_growth: float = Field(default=2, ge=1, le=10, description="by what each further wait is multiplied")
    max_wakes: int = Field(default=5, ge=0, le=20, description="how often a step is asked for again, then given up")
    signing_key_file: SecretFile | None = Field(
        default=None,
        description="file with the keys of start tokens, `<id>:<secret>` a line; read again when it changes",
    )
    signing_key_previous_file: SecretFile | None = Field(
        default=None, description="file with the keys before them, accepted until their links have ended"
    )
    campaign_age: PositiveFloat = Field(
        default=60, description="seconds that a campaign is remembered; that late its end is seen"
    )
    legacy_tokens: bool = Field(default=True, description="whether the old system's unsigned start tokens count")

    @field_validator("brand")
    @classmethod
    def _is_whole(cls, folder: Path) -> Path:
        try:
            load_brand(folder)
        except BrandError as error:
            raise ValueError("; ".join(error.problems)) from None
        return folder

    @field_validator("signing_key_file", "signing_key_previous_file")
    @classmethod
    def _holds_keys(cls, file: SecretFile | None) -> SecretFile | None:
        if file:
            try:
                parse_keys(file.read())
            except ValueError as error:
                raise ValueError(f"the file {file.path}: {error}") from None
        return file


class SweeperSettings(_StoreSettings):
    """Everything that can be set for the sweeper, as ``LBC_<NAME>``."""

    sweep_every: PositiveFloat = Field(default=5, description="seconds between two looks at what is overdue")
    sweep_limit: PositiveInt = Field(default=1000, description="reminders in one sweep; the rest waits for the next")
    remind_again: PositiveFloat = Field(
        default=600,
        description="seconds until a reminder that nobody acted on is repeated; it waits in a queue",
    )
    remembered: PositiveInt = Field(default=100_000, description="reminders remembered, so that none is repeated soon")
