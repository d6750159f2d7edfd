"""The settings of tts; a test holds the table in the README to them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lbc_runtime.settings import AwsSettings, ServiceSettings
from lbc_runtime.signing import MAX_LIFETIME, MIN_LIFETIME


class TtsSettings(ServiceSettings):
    """Everything that can be set, as ``LBC_<NAME>``."""

    aws: AwsSettings = Field(
        default_factory=AwsSettings, description="region and endpoints; credentials come by AWS's default chain"
    )
    tts_bucket: str = Field(min_length=3, max_length=63, description="bucket in which speech is kept")
    kms_key_id: str | None = Field(
        default=None, description="KMS key that encrypts speech, if not the account's own for S3"
    )
    engine: Literal["polly", "espeak"] = Field(
        default="polly", description="what speaks: polly, or espeak for machines without AWS (extra lbc-tts[espeak])"
    )
    polly_per_second: float = Field(
        default=8.0,
        gt=0,
        description="requests a second to Polly from this replica, whatever the engine; "
        "the lowest quota, that of neural voices, is 8 in all",
    )
    link_lifetime: float = Field(
        default=24 * 3600.0,
        ge=MIN_LIFETIME.total_seconds(),
        le=MAX_LIFETIME.total_seconds(),
        description="how long a link is to live, in seconds; the signing credentials may end it earlier",
    )
    signing_profile: str | None = Field(
        default=None, description="profile of the shared credentials file that signs links, if not those of all calls"
    )
