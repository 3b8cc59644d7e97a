"""A download in a browser: taken when the browser's own event says that it is complete, whole, and from its own fresh folder.

The events are WebDriver BiDi's. A browser of this machine writes into a folder of ours; one of a Selenium Grid writes at its
node, and the Grid's managed downloads hand the file over.
"""

import base64
import binascii
import io
import os
import re
import stat
import threading
import zipfile
from pathlib import Path
from typing import Any

from selenium.webdriver.remote.command import Command

from core.errors import RobotFailed
from ingest.browser.driver import Driver, named
from ingest.browser.folder import BrowserFolder


class Download:
    """One download that is awaited: of one slot, in a folder of its own."""

    def __init__(self, folder: Path, local: bool):
        self.folder, self._local = folder, local
        self._began, self._ended = threading.Event(), threading.Event()
        self._complete: str | None = None

    def has_begun(self) -> bool:
        """Whether the browser has said that a download begins."""
        return self._began.is_set() or self._ended.is_set()

    def wait(self, seconds: float) -> bool:
        """Whether it has ended, well or not, within these seconds."""
        return self._ended.wait(seconds)

    @property
    def name(self) -> str:
        """The name that the site gave to the file. RobotFailed `partial_download` where it broke off."""
        if self._complete is None:
            raise RobotFailed("partial_download", "The download broke off.")
        return re.split(r"[/\\]", self._complete)[-1]

    def hear(self, event: Any) -> None:
        """Take an event of selenium's; called in threads of its own."""
        ended = getattr(event, "download_params", None)
        if ended is None:
            self._began.set()
        elif ended.status != "complete":
            self._ended.set()
        elif ended.filepath and (not self._local or Path(ended.filepath).parent == self.folder):
            self._complete = ended.filepath  # a straggler of an earlier slot lies in another folder
            self._ended.set()

    def written(self) -> int:
        """Bytes in the folder so far, unfinished ones included."""
        return sum(entry.stat(follow_symlinks=False).st_size for entry in os.scandir(self.folder))


class Downloads:
    """All downloads of one browser, one at a time. most_bytes: of one file."""

    def __init__(self, driver: Driver, folder: BrowserFolder, local: bool, most_bytes: int):
        self._driver, self._folder, self._local, self._most = driver, folder, local, most_bytes
        self._expected: Download | None = None
        with named():
            for event in ("download_will_begin", "download_end"):
                driver.browsing_context.add_event_handler(event, self._hear)

    def expect(self, name: str) -> Download:
        """Have the next download go into a fresh folder."""
        self._expected = None
        made = Download(self._folder.fresh(name), self._local)
        if self._local:
            with named():
                self._driver.browser.set_download_behavior(allowed=True, destination_folder=str(made.folder))
        else:
            self._driver.delete_downloadable_files()
        self._expected = made
        return made

    def check(self, download: Download) -> None:
        """RobotFailed `too_large` where more has come than may."""
        if self._local and _size(download) > self._most:
            raise RobotFailed("too_large", f"The download is larger than {self._most >> 20} MB.")

    def take(self, download: Download) -> bytes:
        """Content of a download that has ended. RobotFailed: `partial_download`, `too_large`."""
        name = download.name
        if name.endswith(".crdownload"):
            raise RobotFailed("partial_download", "The download is not finished.")
        return self._read(download.folder / name) if self._local else self._hand_over(name)

    def _hear(self, event: Any) -> None:
        if (expected := self._expected) is not None:
            expected.hear(event)

    def _read(self, path: Path) -> bytes:
        """A plain file in the folder; nothing that leads out of it."""
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise RobotFailed("partial_download", "The finished file is not there.") from error
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise RobotFailed("partial_download", "What was downloaded is no file.")
            return self._bounded(file.read(self._most + 1))

    def _hand_over(self, name: str) -> bytes:
        """The file from the Grid's node, which sends it in a zip."""
        if name not in self._driver.get_downloadable_files():
            raise RobotFailed("partial_download", "The Grid does not have the finished file.")
        answer = self._driver.execute(Command.DOWNLOAD_FILE, {"name": name})
        try:
            sent = io.BytesIO(base64.b64decode(answer["value"]["contents"]))
            with zipfile.ZipFile(sent) as packed, packed.open(name) as file:
                return self._bounded(file.read(self._most + 1))
        except (zipfile.BadZipFile, binascii.Error, KeyError, TypeError) as error:
            raise RobotFailed("partial_download", "The Grid sent the file damaged.") from error

    def _bounded(self, body: bytes) -> bytes:
        if len(body) > self._most:
            raise RobotFailed("too_large", f"The download is larger than {self._most >> 20} MB.")
        return body


def _size(download: Download) -> int:
    try:
        return download.written()
    except OSError:  # it is renamed at this moment
        return 0
