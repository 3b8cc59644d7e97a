"""What a Selenium Grid adds to a driver: a browser of its node's, and managed downloads. The driver behind it is a real one.

with SeleniumGrid(folder) as grid:
    ...                                # a browser started at grid.url writes its files into `folder`
"""

import base64
import io
import json
import os
import shutil
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import psutil
from selenium.webdriver.chrome.service import Service

from tests import visiting


class SeleniumGrid:
    """A hub with one node. `managed`: whether its nodes were started with managed downloads."""

    def __init__(self, folder: Path, managed: bool = True):
        self.folder, self.managed = folder, managed
        self.driver = Service(shutil.which("chromedriver"), popen_kw={"start_new_session": True})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"grid": self}))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "SeleniumGrid":
        self.driver.start()
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        for process in self.browsers():
            process.kill()
        self.driver.stop()

    def browsers(self) -> list[psutil.Process]:
        """Processes of the node's browsers that still run."""
        return psutil.Process(self.driver.process.pid).children(recursive=True)

    def as_node(self, asked: dict[str, Any]) -> dict[str, Any]:
        """A new session's capabilities as a node hands them to its driver."""
        wanted = asked["capabilities"]["alwaysMatch"]
        options = wanted.setdefault("goog:chromeOptions", {})
        options["binary"] = shutil.which("chromium")
        options.setdefault("prefs", {})["download.default_directory"] = str(self.folder)
        options["args"] = [*options.get("args", []), *["--no-sandbox"] * (os.geteuid() == 0)]
        kept = {name: value for name, value in wanted.items() if not name.startswith("se:")}
        return {"capabilities": {"firstMatch": [{}], "alwaysMatch": kept}}

    def files(self, method: str, asked: dict[str, Any]) -> dict[str, Any]:
        """The managed downloads."""
        names = sorted(os.listdir(self.folder))
        if method == "GET":
            return {"names": names}
        if method == "POST":
            packed = io.BytesIO()
            with zipfile.ZipFile(packed, "w") as archive:
                archive.write(self.folder / asked["name"], asked["name"])
            return {"filename": asked["name"], "contents": base64.b64encode(packed.getvalue()).decode()}
        for name in names:
            (self.folder / name).unlink()
        return {}


class _Handler(BaseHTTPRequestHandler):
    grid: SeleniumGrid

    def _answer(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or b"{}")
        if self.path.endswith("/se/files"):
            self._send(json.dumps({"value": self.grid.files(self.command, asked)}).encode())
            return
        new = self.path == "/session"
        body = json.dumps(self.grid.as_node(asked) if new else asked).encode() if self.command == "POST" else None
        address, kind = self.grid.driver.service_url + self.path, {"content-type": "application/json"}
        content = visiting.request(self.command, address, content=body, headers=kind, timeout=60).content
        if new and self.grid.managed:
            told = json.loads(content)
            told["value"]["capabilities"]["se:downloadsEnabled"] = True
            content = json.dumps(told).encode()
        self._send(content)

    do_GET = do_POST = do_DELETE = _answer  # noqa: N815

    def _send(self, content: bytes) -> None:
        self.send_response(200)
        self.send_header("content-type", "application/json; charset=utf-8")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""
