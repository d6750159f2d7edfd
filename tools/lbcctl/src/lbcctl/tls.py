"""TLS towards RabbitMQ's management API."""

from __future__ import annotations

import ssl
from pathlib import Path

import aiohttp

from lbcctl.exits import Exit, StopError


def connector(ca_file: Path | None) -> aiohttp.TCPConnector:
    """Connections that trust a private certificate authority, if one is given, and else the public ones.

    Raises:
        StopError: the file cannot be read, or holds no certificate.
    """
    if ca_file is None:
        return aiohttp.TCPConnector(ssl=True)
    try:
        return aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=ca_file))
    except OSError as error:  # ssl's own errors are of this kind
        why = "no certificate in PEM" if isinstance(error, ssl.SSLError) else error.strerror
        raise StopError(f"certificate authority {ca_file}: {why}", Exit.USAGE) from None
