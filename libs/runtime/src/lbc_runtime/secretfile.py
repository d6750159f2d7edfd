"""Secrets that live in files, and may change there while we run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

_Stamp = tuple[int, int, int]


class SecretFile:
    """The path of a file that holds one secret; as a settings field it is given as that path.

    The secret is read again whenever the file changes, so rotation needs no restart.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._stamp: _Stamp | None = None
        self._value = ""

    def read(self) -> str:
        """The secret as the file has it now, without its final newline.

        Raises:
            OSError: the file cannot be read.
        """
        status = self.path.stat()
        stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
        if stamp != self._stamp:
            self._value = self.path.read_text(encoding="utf-8").rstrip("\r\n")
            self._stamp = stamp
        return self._value

    def __repr__(self) -> str:
        return f"SecretFile({str(self.path)!r})"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: type[Any], handler: GetCoreSchemaHandler) -> CoreSchema:
        """Let pydantic take a path, and refuse one that holds no secret."""
        return core_schema.no_info_plain_validator_function(
            cls._validate, serialization=core_schema.plain_serializer_function_ser_schema(lambda file: str(file.path))
        )

    @classmethod
    def _validate(cls, value: object) -> SecretFile:
        if isinstance(value, SecretFile):
            return value
        if not isinstance(value, str | Path):
            raise ValueError("must be the path of a file")  # noqa: TRY004 - pydantic collects only ValueError
        file = cls(value)
        try:
            secret = file.read()
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "not UTF-8"
            raise ValueError(f"the file {file.path} cannot be read: {why}") from None
        if not secret:
            raise ValueError(f"the file {file.path} is empty")
        return file
