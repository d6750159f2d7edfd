"""The settings of ingress; a test holds the table in the README to them."""

from __future__ import annotations

from pydantic import Field

from lbc_runtime.secretfile import SecretFile
from lbc_runtime.settings import ServiceSettings


class IngressSettings(ServiceSettings):
    """Everything that can be set, as ``LBC_<NAME>``."""

    host: str = Field(default="127.0.0.1", description="address that the webhook listens on; 0.0.0.0 for all")
    port: int = Field(default=8080, ge=0, le=65535, description="port that the webhook listens on")
    webhook_secret_file: SecretFile = Field(
        description="file with the secret token of setWebhook; read again when it changes"
    )
    webhook_secret_previous_file: SecretFile | None = Field(
        default=None, description="file with the secret before it, accepted during a rotation"
    )
    max_body: int = Field(default=1024 * 1024, ge=1024, description="largest body, in bytes; beyond it 413")
    body_timeout: float = Field(default=10.0, gt=0, description="seconds for a whole body to arrive")
    max_connections: int = Field(default=1000, ge=1, description="open connections; beyond them 503")
    max_in_flight: int = Field(default=256, ge=1, description="updates being stored at once; beyond them 503")
    store_timeout: float = Field(
        default=8.0, gt=0, lt=55, description="seconds that storing may take, then 503; Telegram waits about 60"
    )
    flood_per_second: float = Field(
        default=5.0, ge=0, description="updates a second from one person in the long run, then 429; 0 switches it off"
    )
    flood_burst: int = Field(default=20, ge=1, description="updates at once from one person")
    flood_people: int = Field(default=100_000, ge=1, description="persons remembered for the flood limit")
