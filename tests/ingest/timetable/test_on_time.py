"""R11: a sample of the campaign: mornings on which the source alternates between two days."""

from tests.campaign import on_time


def test_settled_open_interest_is_visible_in_time_and_of_the_right_day(databases):
    assert [row for row in on_time.rows(databases, 3) if not row["met"]] == []
