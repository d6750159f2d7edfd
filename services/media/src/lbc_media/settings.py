"""The settings of media; a test holds the table in the README to them."""

from __future__ import annotations

from pydantic import Field

from lbc_runtime.settings import AwsSettings, ServiceSettings
from lbc_runtime.signing import MAX_LIFETIME, MIN_LIFETIME


class MediaSettings(ServiceSettings):
    """Everything that can be set, as ``LBC_<NAME>``."""

    aws: AwsSettings = Field(
        default_factory=AwsSettings, description="region and endpoints; credentials come by AWS's default chain"
    )
    assets_bucket: str = Field(min_length=3, max_length=63, description="bucket with the media of the brands")
    link_lifetime: float = Field(
        default=24 * 3600.0,
        ge=MIN_LIFETIME.total_seconds(),
        le=MAX_LIFETIME.total_seconds(),
        description="how long a link is to live, in seconds; the signing credentials may end it earlier",
    )
    signing_profile: str | None = Field(
        default=None, description="profile of the shared credentials file that signs links, if not those of all calls"
    )
