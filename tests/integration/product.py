"""The whole product of one home, started as users start it."""

import os
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Any

import psutil

from db import embedded
from tests.waiting import wait_until

OIFLOW = [sys.executable, "-m", "cli"]


def free_ports():
    """Two ports nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        return one.getsockname()[1], two.getsockname()[1]


class Product:
    """One home and its ports; `start` runs `oiflow up` there. more: its environment."""

    def __init__(self, home: Any, **more: str):
        self.home, self.words, self.process = home, [], None
        self.web, self.api = free_ports()
        self.environment = {name: value for name, value in os.environ.items() if not name.endswith("_PASSWORD")} | {
            "OIFLOW_HOME": str(home), "WEB_PORT": str(self.web), "API_PORT": str(self.api), "OIFLOW_DEMO": "0",
            **more,
        }  # fmt: skip

    def command(self, *words):
        return subprocess.run([*OIFLOW, *words], env=self.environment, capture_output=True, text=True, timeout=120, check=False)

    def start(self):
        self.process = subprocess.Popen(
            [*OIFLOW, "up"], env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.words.clear()
        threading.Thread(target=self._listen, args=(self.process.stdout,), daemon=True).start()
        return self

    def _listen(self, output):
        with output:
            for line in output:
                self.words.append(line)

    def wait_ready(self):
        wait_until(lambda: any("OI Flow is ready" in line for line in self.words) or self.process.poll() is not None, 200)
        wait_until(lambda: "Ctrl-C stops everything.\n" in self.words, 5)
        assert self.process.poll() is None, "".join(self.words)
        return self

    def alive(self):
        """Every process of this home: by its environment, its command line, or the folder in which it works (PostgreSQL)."""
        return [process for process in psutil.process_iter() if process.pid != os.getpid() and self._is_ours(process)]

    def _is_ours(self, process):
        with suppress(psutil.Error):
            if process.status() == psutil.STATUS_ZOMBIE:
                return False
            told = [*process.cmdline(), process.environ().get("OIFLOW_HOME", ""), process.cwd()]
            return any(str(self.home) in word for word in told)
        return False

    def servers(self):
        """Processes of PostgreSQL."""
        return {process for process in self.alive() if process.name() == "postgres"}

    def kill(self, processes):
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.kill()

    def end(self):
        """Leave nothing behind. The services first: they would start the database again."""
        self.kill(set(self.alive()) - self.servers())
        if self.process:
            self.process.wait(10)
        embedded.stop(self.home, force=True)
