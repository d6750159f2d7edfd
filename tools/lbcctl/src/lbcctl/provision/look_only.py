"""A look at AWS that changes nothing."""

from __future__ import annotations

from typing import Any

_READS = ("describe_", "get_", "head_", "list_")


class LookOnly:
    """An AWS client whose writes do nothing: with it, what is done tells what would be."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name) if name.startswith(_READS) else _nothing


async def _nothing(**_: object) -> dict[str, Any]:
    return {}
