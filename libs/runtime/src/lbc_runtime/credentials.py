"""AWS's default chain of credentials, with one thing added: a shared credentials file may change while we run.

Roles renew themselves. Keys in a file do not, since botocore reads it once; in a mounted Secret they are rotated in
place, and a restart for that would be ours to cause.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from aiobotocore.credentials import AioCredentials, AioSharedCredentialProvider
from aiobotocore.session import AioSession
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import BotoCoreError, CredentialRetrievalError

_FILE: Final = AioSharedCredentialProvider.METHOD


def session(profile: str | None = None) -> AioSession:
    """A session by AWS's default chain, or by a profile of the shared credentials file, read again when it changes."""
    made = AioSession(profile=profile)
    path = Path(made.get_config_variable("credentials_file")).expanduser()
    provider = AioSharedCredentialProvider(
        creds_filename=str(path), profile_name=made.get_config_variable("profile") or "default"
    )
    made.get_component("credential_provider").insert_before(_FILE, _Rereading(provider, path))
    return made


class _Rereading:
    """A provider in botocore's sense."""

    METHOD = CANONICAL_NAME = "shared-credentials-file-read-again"

    def __init__(self, provider: AioSharedCredentialProvider, path: Path) -> None:
        self._provider = provider
        self._path = path

    async def load(self) -> FileCredentials | None:
        stamp = _stamp(self._path)
        found = await self._provider.load() if stamp else None
        return FileCredentials(self._provider, self._path, stamp, found) if found else None


class FileCredentials(AioCredentials):  # type: ignore[misc]  # the driver ships no types
    """Keys as the file has them at each signature."""

    def __init__(
        self, provider: AioSharedCredentialProvider, path: Path, stamp: _Stamp | None, found: AioCredentials
    ) -> None:
        super().__init__(found.access_key, found.secret_key, found.token, method=_FILE)
        self._provider = provider
        self._path = path
        self._stamp = stamp

    async def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """The keys of now.

        Raises:
            CredentialRetrievalError: the file is gone, or holds none any more.
        """
        stamp = _stamp(self._path)
        if stamp != self._stamp:
            await self._read()
            self._stamp = stamp
        return await super().get_frozen_credentials()

    async def _read(self) -> None:
        try:
            found = await self._provider.load()
        except BotoCoreError as error:
            raise CredentialRetrievalError(provider=_FILE, error_msg=type(error).__name__) from error
        if found is None:
            raise CredentialRetrievalError(provider=_FILE, error_msg="the file is gone, or has no such profile")
        self.access_key, self.secret_key, self.token = found.access_key, found.secret_key, found.token


_Stamp = tuple[int, int, int]


def _stamp(path: Path) -> _Stamp | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return (status.st_mtime_ns, status.st_size, status.st_ino)
