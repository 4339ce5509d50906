"""A headless Chromium, driven by its own protocol over a WebSocket."""

import base64
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
WITHIN_S = 20.0
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--no-first-run",
    "--remote-debugging-port=0",
    "--window-size=1500,950",
)


class BrowserError(AssertionError):
    """The page, or the browser, says that something is wrong."""


class Tab:
    """One page."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._number = 0
        self.errors: list[str] = []
        """What the console was told: exceptions, and what the page's policy forbade."""

    def do(self, method: str, **params: object) -> dict[str, Any]:
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": params}))
        while True:
            message = json.loads(self._socket.recv(timeout=WITHIN_S))
            if message.get("id") == self._number:
                if "error" in message:
                    raise BrowserError(f"{method}: {message['error']}")
                return dict(message["result"])
            self._note(message)

    def _note(self, message: dict[str, Any]) -> None:
        if message.get("method") == "Runtime.exceptionThrown":
            self.errors.append(str(message["params"]["exceptionDetails"])[:500])
        if message.get("method") == "Log.entryAdded":
            entry = message["params"]["entry"]
            if entry["level"] == "error":
                self.errors.append(str(entry["text"])[:500])

    def open(self, address: str) -> None:
        for room in ("Page", "Runtime", "Log"):
            self.do(f"{room}.enable")
        self.do("Page.navigate", url=address)
        self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    def ask(self, code: str) -> Any:
        """The value of an expression of JavaScript."""
        found = self.do("Runtime.evaluate", expression=code, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in found:
            raise BrowserError(f"{code}: {found['exceptionDetails']}")
        return found["result"].get("value")

    def until(self, code: str, within_s: float = WITHIN_S) -> Any:
        """The first value of an expression that counts as true."""
        end_s = time.monotonic() + within_s
        while not (value := self.ask(code)):
            if time.monotonic() > end_s:
                raise BrowserError(f"never true: {code}; {self.errors}")
            time.sleep(0.02)
        return value

    def key(self, name: str, shift: bool = False) -> None:
        for kind in ("keyDown", "keyUp"):
            self.do("Input.dispatchKeyEvent", type=kind, key=name, modifiers=8 * shift)

    def click(self, selector: str) -> None:
        """With the mouse, in the middle of the element."""
        place = self.ask(
            f"(() => {{const e = document.querySelector({json.dumps(selector)});"
            "e.scrollIntoView({block: 'center'}); const b = e.getBoundingClientRect();"
            "return [b.x + b.width / 2, b.y + b.height / 2]})()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.do(
                "Input.dispatchMouseEvent",
                type=kind, x=place[0], y=place[1], button="left", clickCount=1,
            )  # fmt: skip

    def write(self, text: str) -> None:
        """As somebody types it where the focus is."""
        self.do("Input.insertText", text=text)

    def darken(self, scheme: str = "dark") -> None:
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.do("Emulation.setEmulatedMedia", features=[feature])

    def picture(self, file: Path) -> None:
        data = self.do("Page.captureScreenshot", format="png")["data"]
        file.write_bytes(base64.b64decode(data))

    def pdf(self, file: Path) -> None:
        data = self.do("Page.printToPDF", printBackground=True, preferCSSPageSize=True)["data"]
        file.write_bytes(base64.b64decode(data))


@contextmanager
def browser(folder: Path) -> Iterator[Tab]:
    """A browser with one empty tab; its profile is in ``folder``."""
    assert PROGRAM is not None
    words = [PROGRAM, *_FLAGS, f"--user-data-dir={folder}", "about:blank"]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        port = _port(folder / "DevToolsActivePort", process)
        from urllib.request import urlopen

        with urlopen(f"http://127.0.0.1:{port}/json/list", timeout=WITHIN_S) as answer:
            tabs = json.load(answer)
        address = next(item for item in tabs if item["type"] == "page")["webSocketDebuggerUrl"]
        with connect(address, max_size=None, compression=None) as socket:
            yield Tab(socket)
    finally:
        process.terminate()
        process.wait(WITHIN_S)


def _port(file: Path, process: "subprocess.Popen[bytes]") -> str:
    end_s = time.monotonic() + WITHIN_S
    while not file.exists() or "\n" not in file.read_text():
        if process.poll() is not None or time.monotonic() > end_s:
            raise BrowserError("the browser does not start")
        time.sleep(0.02)
    return file.read_text().split("\n")[0]
