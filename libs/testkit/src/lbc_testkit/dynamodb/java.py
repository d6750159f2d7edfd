"""A Java that is new enough, and DynamoDB Local's jars by Maven."""

import logging
import os
import re
import shutil
from pathlib import Path

from lbc_testkit.errors import PartFailedError
from lbc_testkit.locks import folder_lock
from lbc_testkit.process import run

VERSION = "3.1.0"
LEAST_JAVA = 17
_log = logging.getLogger(__name__)
_VERSION_LINE = re.compile(r'version "(\d+)')
_MAVEN_TIMEOUT = 600.0


async def find_java() -> Path | None:
    """JAVA_HOME's or PATH's java, if it is new enough."""
    home = os.environ.get("JAVA_HOME")
    candidates = [Path(home) / "bin" / "java"] if home else []
    if on_path := shutil.which("java"):
        candidates.append(Path(on_path))
    for java in candidates:
        if await _major(java) >= LEAST_JAVA:
            return java
    return None


async def _major(java: Path) -> int:
    try:
        found = _VERSION_LINE.search(await run([str(java), "-version"], timeout=30))
    except PartFailedError:
        return 0
    return int(found.group(1)) if found else 0


def libraries(cache: Path) -> Path:
    """Where the jars and SQLite's native libraries are, once fetched."""
    return cache / f"dynamodb-local-{VERSION}"


def can_fetch(cache: Path) -> bool:
    """Whether the jars are here, or Maven is, to fetch them."""
    return libraries(cache).exists() or shutil.which("mvn") is not None


async def fetch(cache: Path) -> Path:
    """Give the folder of the jars, fetching them the first time.

    Raises:
        PartFailedError: Maven failed; with the end of what it said.
    """
    folder = libraries(cache)
    async with folder_lock(cache, wait=_MAVEN_TIMEOUT):
        if not folder.exists():
            await _fetch_to(folder)
    return folder


async def _fetch_to(folder: Path) -> None:
    _log.info("dynamodb: fetching DynamoDB Local %s by Maven, once", VERSION)
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    goal = ["dependency:copy-dependencies", f"-DoutputDirectory={partial}"]
    # Not run beside its pom.xml: Maven would leave a target folder in the source tree.
    await run(["mvn", "-B", "-q", "-f", str(_pom()), *goal], cwd=folder.parent, timeout=_MAVEN_TIMEOUT)
    partial.rename(folder)


def _pom() -> Path:
    """In a checkout beside the sources, in a wheel inside the package."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "dynamodb-local" / "pom.xml"
    return inside if inside.exists() else package.parent.parent / "dynamodb-local" / "pom.xml"
