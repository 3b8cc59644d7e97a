"""R18, a tenth of it: one random history, ten pairs of a session and a moment."""

from tests.campaign import as_of


def test_an_earlier_moment_shows_what_was_seen_then_and_nothing_changes_in_place():
    assert [row["met"] for row in as_of.run(full=False)] == [True] * 3
