"""Secrets of the settings are in no log, frame, body or metric, whatever breaks."""

from tests.walls.kept_secrets import search


def test_no_secret_is_said_or_written(tmp_path):
    found = search(tmp_path, every=17)
    assert found.found == []
    assert found.places > 20
