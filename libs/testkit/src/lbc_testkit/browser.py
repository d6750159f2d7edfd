"""A real Chromium, driven by Selenium: Debian's packages `chromium` and `chromium-driver`, installed if need be.

Everything here blocks. In a test with an event loop that serves what the browser asks for, call it in a thread.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from selenium.common.exceptions import StaleElementReferenceException, WebDriverException
from selenium.webdriver import ActionChains, Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from lbc_testkit import debian
from lbc_testkit.errors import PartFailedError, PartUnavailableError
from lbc_testkit.process import guarded
from lbc_testkit.waiting import until

PHONE = (375, 812)
DESKTOP = (1280, 900)

_ADVICE = "Install it: apt-get install chromium chromium-driver"
_NAMES = ("chromium", "chromedriver")
_ARGUMENTS = (
    "--headless=new",
    "--disable-dev-shm-usage",
    "--mute-audio",
    "--disable-background-networking",
    "--remote-debugging-pipe",  # it ends with its driver, whose end closes the pipe
)
_PATIENCE = 30.0

Found = TypeVar("Found")


@dataclass(frozen=True)
class Look:
    """How the window is: size in CSS pixels, and what the person told their system.

    Attributes:
        size: width and height.
        dark: they prefer a dark page.
        still: they prefer no motion.
    """

    size: tuple[int, int] = DESKTOP
    dark: bool = False
    still: bool = False


class Browser:
    """One window. A page of another origin starts without any memory of those before."""

    def __init__(self, driver: Chrome) -> None:
        self.driver = driver

    def open(self, url: str, look: Look = Look()) -> None:
        """Show a page."""
        width, height = look.size
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        preferences = {
            "prefers-color-scheme": "dark" if look.dark else "light",
            "prefers-reduced-motion": "reduce" if look.still else "no-preference",
        }
        features = [{"name": name, "value": value} for name, value in preferences.items()]
        self.command("Emulation.setDeviceMetricsOverride", metrics)
        self.command("Emulation.setEmulatedMedia", {"features": features})
        self.complaints()  # those of the page before
        self.driver.get(url)

    def command(self, name: str, arguments: dict[str, Any] | None = None) -> Any:
        """Give a command of the DevTools protocol."""
        return self.driver.execute_cdp_cmd(name, arguments or {})

    def js(self, script: str, *arguments: Any) -> Any:
        """Run the body of a function in the page."""
        return self.driver.execute_script(script, *arguments)

    def all(self, css: str) -> list[WebElement]:
        """Every element that the selector finds, seen or not."""
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def seen(self, css: str, text: str = "", *, within: float = _PATIENCE) -> WebElement:
        """Wait for an element that is displayed and has `text` in it.

        Raises:
            TimeoutError: there is none.
        """

        def look() -> WebElement | None:
            return next((one for one in self.all(css) if one.is_displayed() and text in one.text), None)

        return self.until(look, f"{css} {text!r}", within=within)

    def gone(self, css: str, text: str = "", *, within: float = _PATIENCE) -> None:
        """Wait until no such element is displayed."""
        self.until(
            lambda: not any(one.is_displayed() and text in one.text for one in self.all(css)),
            f"no {css} {text!r}",
            within=within,
        )

    def until(self, look: Callable[[], Found | None], what: str, *, within: float = _PATIENCE) -> Found:
        """Wait until `look` gives something true; an element that went away meanwhile is looked for again."""

        def careful() -> Found | None:
            try:
                return look()
            except StaleElementReferenceException:
                return None

        return until(careful, what=what, timeout=within)

    def press(self, *keys: str) -> None:
        """Press keys, one after another, wherever the focus is."""
        for key in keys:
            ActionChains(self.driver).send_keys(key).perform()

    def focused(self) -> WebElement:
        """The element that has the focus."""
        return self.driver.switch_to.active_element

    def complaints(self) -> list[str]:
        """What the console was told since it was asked last: errors of scripts, refusals of a policy, failed loads."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]  # type: ignore[no-untyped-call]


class _GuardedService(Service):
    """A driver that Linux kills when we die."""

    def __init__(self, driver: str) -> None:
        self._program, *self._before = guarded([driver])
        super().__init__(self._program)

    def command_line_args(self) -> list[str]:
        """What follows the program: of a guarded driver, its own path and then its own arguments."""
        return [*self._before, *super().command_line_args()]


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A Chromium without a screen.

    Raises:
        PartUnavailableError: it is not here and cannot be installed.
        PartFailedError: it did not start.
    """
    binary, driver_binary = await _binaries()
    options = ChromeOptions()
    options.binary_location = binary
    # A root of a container has no namespaces to build the sandbox from.
    for argument in (*_ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    try:
        # Here and not in a thread: the driver is killed when the thread ends that started it.
        driver = Chrome(options=options, service=_GuardedService(driver_binary))
    except WebDriverException as error:
        raise PartFailedError(f"Chromium did not start: {error.msg}") from error
    try:
        yield Browser(driver)
    finally:
        await asyncio.to_thread(driver.quit)


async def _binaries() -> tuple[str, str]:
    found = [shutil.which(name) for name in _NAMES]
    tried = [f"no {name} on PATH" for name, path in zip(_NAMES, found, strict=True) if path is None]
    if tried:
        if not debian.can_install():
            raise PartUnavailableError("Chromium", [*tried, "not root on a Debian, so nothing was installed"], _ADVICE)
        try:
            await debian.install("chromium", "chromium-driver")
        except PartFailedError as error:
            raise PartUnavailableError("Chromium", [*tried, str(error)], _ADVICE) from error
        found = [shutil.which(name) for name in _NAMES]
    binary, driver = found
    if binary is None or driver is None:
        raise PartUnavailableError("Chromium", ["the packages have no chromium or no chromedriver"], _ADVICE)
    return binary, driver
