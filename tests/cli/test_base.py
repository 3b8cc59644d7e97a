"""What commands print is for reading: nothing in it is obeyed by a terminal."""

import pytest

from cli.base import answer, complain, plain


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("a\x1b]0;b\x07", r"a\x1b]0;b\x07"),
        ("x\udcff.csv", r"x\udcff.csv"),
        ("gnp.\u202evsc", r"gnp.\u202evsc"),
        ("ok\rno", r"ok\rno"),
        ("é 😀 —\n\tb", "é 😀 —\n\tb"),
    ],
)
def test_what_a_terminal_would_obey_is_spelt_out(words, shown):
    assert plain(words) == shown


def test_answers_and_complaints_are_plain(capsys):
    answer("a\x1b[2J", as_json=False)
    complain("b\x1b[2J")
    assert tuple(capsys.readouterr()) == ("a\\x1b[2J\n", "oiflow: b\\x1b[2J\n")
