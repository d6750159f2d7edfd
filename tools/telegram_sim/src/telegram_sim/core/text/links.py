"""URLs as Telegram takes them and writes them back (td, HttpUrl.cpp, parse_url; LinkManager.cpp, check_link)."""

import ipaddress
import re
from dataclasses import dataclass

_LAST_PORT = 65535
_SPACE = 0x20
_ASCII = 0x80
_SCHEME = re.compile(r"([^:/?#@\[\]]*)://")
_OWN_SCHEMES = ("tg", "ton", "tonsite")
_HOST_END = re.compile(r"[/?#]")
_IN_HOST = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_!$,~*'();&+=")
_IN_OWN_HOST = re.compile(r"[A-Za-z0-9_-]*")
_ESCAPED = re.compile(r"%[0-9A-Fa-f]{2}")
_USER = re.compile(r"tg:(?://)?user/?\?(.*)", re.IGNORECASE | re.DOTALL)
_ID = re.compile(r"-?[0-9]{1,18}")


class LinkError(ValueError):
    """What is no URL that Telegram takes, in its words."""


@dataclass(frozen=True)
class Link:
    """A URL in its parts; `port` is 0 unless it is said."""

    scheme: str
    userinfo: str
    host: str
    port: int
    rest: str

    @property
    def url(self) -> str:
        """The URL as messages carry it: with its scheme, its host in small letters, and a path."""
        user, port = f"{self.userinfo}@" if self.userinfo else "", f":{self.port}" if self.port else ""
        return f"{self.scheme}://{user}{self.host}{port}{self.rest}"


def parse_url(source: str, default: str = "http") -> Link:
    """Return the parts of an http or https URL; `default` is the scheme of one that has none.

    Raises:
        LinkError: it is none.
    """
    found = _SCHEME.match(source)
    scheme = found.group(1).lower() if found else default
    if scheme not in {"http", "https"}:
        raise LinkError("Unsupported URL protocol")
    behind = source[found.end() :] if found else source
    end = _HOST_END.search(behind)
    place = behind[: end.start()] if end else behind
    named, port = _port(place)
    userinfo, _, host = named.rpartition("@")
    if not _is_ipv6(host):
        _check_name(host)
        _check_part(userinfo, "userinfo", ":")
    return Link(scheme, userinfo, host.lower(), port, _rest(behind[len(place) :]))


def _port(place: str) -> tuple[str, int]:
    named, colon, port = place.rpartition(":")
    if not named or not colon or "]" in port or "@" in port:
        return place, 0
    digits = port.lstrip("0")
    number = int(digits) if digits.isdecimal() and digits.isascii() and len(digits) <= len(str(_LAST_PORT)) else 0
    if not 0 < number <= _LAST_PORT:
        raise LinkError("Wrong port number specified in the URL")
    return named, number


def _is_ipv6(host: str) -> bool:
    if not (host.startswith("[") and host.endswith("]")):
        return False
    try:
        scoped = ipaddress.IPv6Address(host[1:-1]).scope_id is not None
    except ValueError:
        scoped = True
    if scoped:
        raise LinkError("Wrong IPv6 address specified in the URL")
    return True


def _check_name(host: str) -> None:
    if not host:
        raise LinkError("URL host is empty")
    if host == ".":
        raise LinkError("Host is invalid")
    _check_part(host, "host", "")


def _check_part(part: str, name: str, also: str) -> None:
    plain = _ESCAPED.sub("", part)
    if "%" in plain:
        raise LinkError(f"Wrong percent-encoded symbol in URL {name}")
    if not all(one in _IN_HOST or one in also or ord(one) >= _ASCII for one in plain):
        raise LinkError(f"Disallowed character in URL {name}")


def _rest(source: str) -> str:
    rest = source.rstrip(" \t\r\n\0\v") or "/"
    rest = rest if rest.startswith("/") else f"/{rest}"
    return "".join(f"%{ord(one):02X}" if ord(one) <= _SPACE else one for one in rest)


def checked_link(source: str, *, http_only: bool = False, https_only: bool = False) -> str:
    """Return a link as messages carry it.

    Raises:
        LinkError: Telegram would not take it; the words name the link.
    """
    try:
        return _checked(source, http_only=http_only, https_only=https_only)
    except LinkError as cause:
        raise LinkError(f"URL '{source}' is invalid: {cause}") from cause


def _checked(source: str, *, http_only: bool, https_only: bool) -> str:
    own = next((name for name in _OWN_SCHEMES if source.lower().startswith(f"{name}:")), "")
    inner = source[len(own) + 1 :].removeprefix("//") if own else source
    link = parse_url(inner)
    if https_only and (own or link.scheme != "https"):
        raise LinkError("Only HTTPS links are allowed")
    if own:
        if http_only:
            raise LinkError("Only HTTP links are allowed")
        return _own_link(own, inner, link)
    if "." not in link.host and not link.host.startswith("["):
        raise LinkError("Wrong HTTP URL")
    return link.url


def _own_link(own: str, inner: str, link: Link) -> str:
    if inner.lower().startswith(("http://", "https://")) or link.userinfo or link.port or link.host.startswith("["):
        raise LinkError("Wrong tg URL" if own == "tg" else "Wrong ton URL")
    host = link.host.replace(".", "") if own == "tonsite" else link.host
    if not _IN_OWN_HOST.fullmatch(host):
        raise LinkError("Unallowed characters in URL host")
    return f"{own}://{link.host}{link.rest[1:] if link.rest.startswith('/?') else link.rest}"


def linked_user(source: str) -> int:
    """Return whom a link like tg://user?id=5 names, 0 if it is none (td, LinkManager.cpp, get_link_user_id)."""
    found = _USER.fullmatch(source)
    for parameter in found.group(1).partition("#")[0].split("&") if found else []:
        key, _, value = parameter.partition("=")
        if key.lower() == "id":
            return max(int(value), 0) if _ID.fullmatch(value) else 0
    return 0
