"""Files to take away hold the rows of their page, and say by which address they are had again."""

import csv
import io
from urllib.parse import parse_qsl, urlsplit

import pytest

from core.clock import system_clock
from tests.usecases import market
from tests.walls.visitors import cookie_of
from usecases import accounts, passwords, trend_words
from usecases.audit import Visit
from usecases.filters import NEW_POSITIONS, Filters
from usecases.new_positions import view_new_positions
from webapp import pools
from webapp.server import downloads


@pytest.fixture
def take(databases, monkeypatch):
    """Exports over the small market as an admin; gives the lines of the file."""
    monkeypatch.setattr(passwords, "COST", 4)
    market.fill(databases)
    pools.clear()
    settings = databases.settings.model_copy(update={"oiflow_demo": False})
    monkeypatch.setattr(pools, "settings", lambda: settings)
    visit = Visit(cookie=cookie_of(databases.auth, "admin"))
    yield lambda feature, **words: downloads.taken(feature, "csv", words, visit).decode().split("\r\n")
    pools.database.cache_clear()
    pools._reader.cache_clear()


def head(lines, name):
    return next(line.removeprefix(f"# {name}: ") for line in lines if line.startswith(f"# {name}: "))


def test_new_positions_are_exported_with_the_thresholds_of_their_page(take, databases):
    page = view_new_positions(market.reader(databases), NEW_POSITIONS)
    lines = take("new_positions")
    assert head(lines, "Rows") == str(len(page.contracts)) == "2"
    assert len(view_new_positions(market.reader(databases), Filters()).contracts) > 2


@pytest.mark.parametrize(("words", "line"), [({}, "0 to 365 (default)"), ({"dte": "0-30"}, "0 to 30")], ids=["default", "chosen"])
def test_an_export_names_the_days_that_are_in_force(take, words, line):
    assert head(take("table", **words), "Days to expiration") == line


@pytest.mark.parametrize(("word", "tickers"), [("2", 2), ("999", 3), ("", 3)])
def test_display_is_exported_with_the_tickers_of_its_address(take, word, tickers):
    table = csv.DictReader(line for line in take("display", count=word) if line and not line.startswith("# "))
    assert len({row["symbol"] for row in table}) == tickers


def test_the_address_of_a_trend_gives_the_same_trend_again(take):
    words = {"symbol": "AAA", "expiration": "2023-10-20", "strike": "50", "right": "C", "months": "6"}
    address = head(take("flow_trend", **words), "Filters")
    again = dict(parse_qsl(urlsplit(address).query))
    assert {name: again[name] for name in words} == words
    assert trend_words.asked(again) == trend_words.asked(words)


@pytest.mark.parametrize("strike", ["nan", "inf", "1e308", "-5", "0", "9" * 40, "\x00", "50\x00"])
@pytest.mark.parametrize("symbol", ["AAA", "AAA\x00", "'; --", ""])
def test_hostile_words_of_a_trend_count_as_absent(strike, symbol):
    found = trend_words.asked({"symbol": symbol, "strike": strike, "months": "-1", "right": "X", "expiration": "never"})
    assert found["symbol"] == (symbol if symbol == "AAA" else "")
    assert (found["strike"], found["months"], found["right"], found["expiration"]) == (None, 2, None, None)


def test_no_cell_of_the_accounts_file_starts_a_formula(take, databases):
    for sign in "=+-@|%":
        address = f"{sign}cmd@site.test"
        if sign != "@":
            accounts.add(databases.auth, "test", address, "free", None, system_clock)
    rows = list(csv.DictReader(io.StringIO("\n".join(line for line in take("accounts") if not line.startswith("# ")))))
    assert sum(row["email"].startswith("'") for row in rows) == 5
    assert not [row for row in rows if row["email"][0] in "=+-@|%"]
