from pathlib import Path

import pytest

from lbc_testkit import PartFailedError
from lbc_testkit.debian import services_kept_still
from lbc_testkit.locks import folder_lock


def test_no_service_starts_meanwhile_and_the_policy_is_gone_again(tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    with services_kept_still(policy):
        assert "exit 101" in policy.read_text()
        assert policy.stat().st_mode & 0o111
    assert not policy.exists()


async def test_folders_are_locked_between_runs_and_freed_after(tmp_path: Path) -> None:
    async with folder_lock(tmp_path):
        with pytest.raises(PartFailedError, match="in use by another run"):
            async with folder_lock(tmp_path, wait=0.1):
                pytest.fail("two hold it")
    async with folder_lock(tmp_path):
        pass


def test_a_policy_that_was_there_is_back_also_after_a_failure(tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 0\n")
    policy.chmod(0o744)
    with pytest.raises(OSError, match="disk full"), services_kept_still(policy):
        raise OSError("disk full")
    assert policy.read_text() == "#!/bin/sh\nexit 0\n"
    assert policy.stat().st_mode & 0o777 == 0o744
