"""What a killed process left of a browser is ended and removed; what lives, or is another's, is left alone."""

import json
import os
import signal
import subprocess
import time

import psutil
import pytest

from ingest.browser import folder as browser_folder
from ingest.browser import processes as browser_processes
from ingest.browser.folder import BrowserFolder


def test_what_a_killed_process_left_is_ended_and_removed_at_the_next_start(tmp_path):
    folder = BrowserFolder(tmp_path)
    forgotten = subprocess.Popen(["sleep", "60"], start_new_session=True)
    folder.note(forgotten.pid, [psutil.Process(forgotten.pid)])
    os.close(folder._lock)  # as the system does with the locks of a process that dies
    browser_folder.sweep(tmp_path)
    assert forgotten.wait(5) == -signal.SIGKILL
    assert not folder.path.exists()


def test_a_process_that_only_has_the_same_id_is_left_alone(tmp_path):
    folder = BrowserFolder(tmp_path)
    other = subprocess.Popen(["sleep", "60"], start_new_session=True)
    (folder.path / "processes.json").write_text(json.dumps([[other.pid, other.pid, time.time() - 3600]]))
    os.close(folder._lock)
    browser_folder.sweep(tmp_path)
    assert other.poll() is None
    other.kill()
    other.wait()


def test_a_browser_that_lives_is_not_swept(tmp_path):
    folder = BrowserFolder(tmp_path)
    browser_folder.sweep(tmp_path)
    assert folder.path.exists()
    folder.drop()


def test_temporary_files_go_with_the_folder(tmp_path):
    folder = BrowserFolder(tmp_path)
    (folder.temporary / "socket").touch()
    assert len(str(folder.temporary)) < 60
    folder.drop()
    assert not folder.temporary.exists()


def test_our_own_session_is_never_ended():
    with pytest.raises(ValueError, match="our own"):
        browser_processes.end(os.getsid(0), [])


def test_orphans_of_a_session_are_ended_with_it():
    leader = subprocess.Popen(["sh", "-c", "(sleep 60 &) ; exec sleep 60"], start_new_session=True)
    found = []
    while len(found) < 1:
        found = [process for process in browser_processes.family(leader.pid, []) if process.name() == "sleep"]
    assert browser_processes.end(leader.pid, []) == []
    assert leader.wait(5) == -signal.SIGKILL
    assert not [process for process in found if browser_processes.alive(process)]
