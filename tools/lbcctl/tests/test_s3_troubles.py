"""What an operator is told when S3 refuses, by an S3 that checks signatures."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from lbc_testkit.aws import VersityGw

from .brand_packs import copy_of_demo
from .operating import Lbcctl

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def operator(strict_s3: VersityGw) -> Lbcctl:
    """With a bucket of their own that is not there."""
    environment = {
        "LBC_ASSETS_BUCKET": f"test-{secrets.token_hex(6)}",
        "LBC_AWS__REGION": strict_s3.region,
        "LBC_AWS__S3_ENDPOINT": strict_s3.endpoint,
        "AWS_ACCESS_KEY_ID": strict_s3.access_key,
        "AWS_SECRET_ACCESS_KEY": strict_s3.secret_key,
    }
    return Lbcctl(environment, unsaid=(strict_s3.secret_key, "another secret"))


@pytest.fixture
async def bucket(strict_s3: VersityGw, operator: Lbcctl) -> None:
    """It is there."""
    async with strict_s3.client() as s3:
        await s3.create_bucket(Bucket=operator.environment["LBC_ASSETS_BUCKET"])


def fetch(into: Path) -> tuple[str, ...]:
    return ("brand", "fetch", "--prefix", "alba", "--into", str(into))


async def test_a_bucket_that_is_not_there(operator: Lbcctl, tmp_path: Path) -> None:
    said = "wrong LBC_ASSETS_BUCKET or LBC_TTS_BUCKET, or never provisioned: there is no such bucket for GetObject"
    await operator.run(*fetch(tmp_path / "run"), status=4, said=said)
    pack = copy_of_demo(tmp_path / "alba")
    await operator.run("brand", "publish", str(pack), status=4, said=said)
    assert not (tmp_path / "run").exists()


@pytest.mark.usefixtures("bucket")
async def test_credentials_that_are_wrong(operator: Lbcctl, tmp_path: Path) -> None:
    stranger = operator.but(AWS_SECRET_ACCESS_KEY="another secret")
    await stranger.run(*fetch(tmp_path / "run"), status=4, said="wrong credentials. Renew them")
    pack = copy_of_demo(tmp_path / "alba")
    await stranger.run("brand", "publish", str(pack), status=4, said="or wrong credentials")


async def test_an_s3_that_is_down(operator: Lbcctl, tmp_path: Path) -> None:
    nobody = "http://127.0.0.1:9"
    await operator.but(LBC_AWS__S3_ENDPOINT=nobody).run(
        *fetch(tmp_path / "run"), status=3, said=f"S3 is down: tried {nobody}"
    )
