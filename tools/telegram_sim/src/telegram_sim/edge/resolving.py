"""Whether a webhook's host can be found, which the server looks at before it says "Webhook was set"."""

import asyncio
import contextlib
import ipaddress
import socket

from telegram_sim.core.errors import bad_request

PATIENCE = 5.0
"""Real seconds for the look-up."""


async def ip_of(host: str, *, any_name: bool) -> str:
    """Return the address of a webhook's host (server, WebhookActor.cpp, on_resolved_ip_address; td, IPAddress.cpp).

    Args:
        host: a name, or an address already.
        any_name: look names of the world up too; otherwise only those without a dot, which the machine itself has
            to know, so that tests with made-up names need no network.

    Returns:
        The address, "" for a name that was not looked up.

    Raises:
        ApiError: 400, it cannot be resolved.
    """
    with contextlib.suppress(ValueError):
        return str(ipaddress.ip_address(host.strip("[]")))
    if not any_name and "." in host:
        return ""
    try:
        async with asyncio.timeout(PATIENCE):
            found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError, UnicodeError) as cause:
        reason = cause.strerror if isinstance(cause, OSError) and cause.strerror else "Name or service not known"
        raise bad_request(f"bad webhook: Failed to resolve host: {reason}") from cause
    return str(found[0][4][0])
