"""Keys in a file are rotated in place, as a mounted Secret is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from botocore.exceptions import CredentialRetrievalError, NoCredentialsError

from lbc_runtime.aws import client
from lbc_runtime.credentials import session
from lbc_runtime.settings import AwsSettings
from lbc_runtime.signing import SessionKeys


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    path = tmp_path / "aws-credentials"
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(path))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return path


def write(path: Path, key: str, *, profile: str = "default") -> None:
    """As kubelet does: the whole file at once."""
    fresh = path.with_name("fresh")
    fresh.write_text(f"[{profile}]\naws_access_key_id = {key}\naws_secret_access_key = secret-of-{key}\n")
    fresh.rename(path)


async def test_each_signature_has_the_keys_of_now(file: Path) -> None:
    write(file, "old")
    keys = SessionKeys()
    assert (await keys.current()).access_key == "old"
    write(file, "new")
    current = await keys.current()
    assert (current.access_key, current.secret_key) == ("new", "secret-of-new")


async def test_a_client_signs_with_the_keys_of_now(file: Path) -> None:
    write(file, "old")
    async with client(AwsSettings(s3_endpoint="http://127.0.0.1:9"), "s3") as s3:
        first = await s3.generate_presigned_url("get_object", {"Bucket": "b", "Key": "k"})
        write(file, "new")
        second = await s3.generate_presigned_url("get_object", {"Bucket": "b", "Key": "k"})
    assert "Credential=old" in first
    assert "Credential=new" in second


async def test_a_profile_of_its_own(file: Path) -> None:
    write(file, "signer", profile="signing")
    assert (await SessionKeys("signing").current()).access_key == "signer"


@pytest.mark.parametrize(
    "content", [None, "", "[default]\nregion = x\n", "no section", "[default]\naws_access_key_id = half\n"]
)
async def test_a_file_that_holds_none_any_more_is_said_and_mended_by_the_next(file: Path, content: str | None) -> None:
    write(file, "old")
    credentials = await session().get_credentials()
    if content is None:
        file.unlink()
    else:
        file.write_text(content)
    for _ in range(2):
        with pytest.raises(CredentialRetrievalError):
            await credentials.get_frozen_credentials()
    write(file, "new")
    assert (await credentials.get_frozen_credentials()).access_key == "new"


async def test_without_a_file_the_chain_goes_on(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert await session().get_credentials() is None
    async with client(AwsSettings(s3_endpoint="http://127.0.0.1:9"), "s3") as s3:
        with pytest.raises(NoCredentialsError):
            await s3.generate_presigned_url("get_object", {"Bucket": "b", "Key": "k"})
    write(file, "file")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "environment")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    found = await session().get_credentials()
    assert found is not None
    assert found.access_key == "environment"
