"""A bounded memory in front of the table of file_ids."""

from __future__ import annotations

from collections import OrderedDict

from lbc_delivery.app.ports import Files


class RememberedFiles:
    """Asks the table only for what it has not seen; a file_id never changes its meaning.

    Args:
        files: the table.
        size: file_ids kept; the one unused for longest goes.
    """

    def __init__(self, files: Files, size: int) -> None:
        self._files = files
        self._size = size
        self._kept: OrderedDict[str, str] = OrderedDict()

    async def get(self, key: str) -> str | None:
        """See :class:`Files`."""
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        found = await self._files.get(key)
        if found is not None:
            self._keep(key, found)
        return found

    async def put(self, key: str, file_id: str) -> None:
        """See :class:`Files`; what is known already is not written again."""
        if self._kept.get(key) == file_id:
            return
        await self._files.put(key, file_id)
        self._keep(key, file_id)

    async def drop(self, key: str, file_id: str) -> None:
        """See :class:`Files`."""
        self._kept.pop(key, None)
        await self._files.drop(key, file_id)

    def _keep(self, key: str, file_id: str) -> None:
        self._kept[key] = file_id
        self._kept.move_to_end(key)
        if len(self._kept) > self._size:
            self._kept.popitem(last=False)
