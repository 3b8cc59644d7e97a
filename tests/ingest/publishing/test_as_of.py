"""R18, a tenth of it: one random history, ten pairs of a session and a moment.

Flags of a session of chains are kept for its last look alone; the campaign counts the pairs at which that tells.
"""

from tests.campaign import as_of


def test_an_earlier_moment_shows_what_was_seen_then_and_nothing_changes_in_place():
    rows = as_of.run(full=False)
    assert [row for row in rows if as_of.FLAGS not in row["what"] and not row["met"]] == []
