"""What a webhook's URL may be, and what is made of it (td, HttpUrl.cpp)."""

import functools
from dataclasses import dataclass

from telegram_sim.core.text.links import LinkError, parse_url


@dataclass(frozen=True)
class Address:
    """Where updates are posted to. `path` begins with a slash and has the query in it."""

    secure: bool
    user: str
    """With what separates it from the host, "" for none."""
    host: str
    port: int
    path: str

    def __str__(self) -> str:
        return f"http{'s' if self.secure else ''}://{self.user}{self.host}:{self.port}{self.path}"


@functools.lru_cache(maxsize=64)
def address_of(url: str) -> Address | None:
    """Return what a URL means, None if it is no URL of a webhook.

    Without a scheme it is https. Spaces and control characters in the path are escaped, nothing else is changed.
    """
    try:
        link = parse_url(url, "https")
    except LinkError:
        return None
    secure = link.scheme == "https"
    user = f"{link.userinfo}@" if link.userinfo else ""
    return Address(secure, user, _ascii(link.host), link.port or (443 if secure else 80), link.rest)


def _ascii(name: str) -> str:
    try:
        return name.encode("idna").decode()
    except UnicodeError:  # whoever looks it up will tell
        return name
