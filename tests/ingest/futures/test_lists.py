"""Which instruments are followed: the daily lists of venues, and what comes, goes and changes in them."""

from ingest.futures.cycle import discover


def listed(running):
    asked = "SELECT symbol, contract_size, ended_why FROM futures_instruments WHERE symbol IN ({}) ORDER BY symbol, instrument_id"
    return running.say(asked.format("'ETH-USDT-SWAP', 'BTC-USDT-SWAP', 'AA001-USDT-SWAP'"))


def test_the_daily_list_records_what_came_went_and_changed(okx):
    okx.minutes()
    okx.world.gone.add("ETH-USDT-SWAP")
    okx.world.sizes["BTC-USDT-SWAP"] = 10.0
    okx.world.add("AA001")
    discover(okx.desk)
    okx.minutes()
    assert listed(okx) == [
        ("AA001-USDT-SWAP", 10.0, None), ("BTC-USDT-SWAP", 0.01, "changed"), ("BTC-USDT-SWAP", 0.1, None),
        ("ETH-USDT-SWAP", 0.1, "delisted"),
    ]  # fmt: skip


def test_lists_are_read_once_a_day(okx):
    okx.minutes(3)
    okx.world.at += 86_400
    okx.minutes(3)
    assert okx.world.asked.count("okx /api/v5/market/tickers") == 2 * 2


def test_a_list_that_lost_most_of_what_is_followed_is_not_believed(okx):
    okx.minutes()
    okx.world.gone |= {"ETH-USDT-SWAP", "BTC-USDT-SWAP", "BTC-USD-SWAP"}
    discover(okx.desk)
    okx.minutes()
    assert okx.say("SELECT count(*) FROM futures_instruments WHERE ended IS NULL") == [(4,)]
    assert {gap[1:3] for gap in okx.gaps()} == {(name, "absent") for name in okx.world.gone}


def test_a_future_ends_with_its_term(okx):
    okx.minutes()
    okx.world.at += 40 * 86_400
    okx.world.gone.add("BTC-USDT-261225")
    okx.minutes()
    ended = okx.say("SELECT symbol FROM futures_instruments WHERE ended_why = 'expired'")
    assert ended == [("BTC-USDT-261225",)]


def test_what_is_hardly_traded_any_more_is_followed_no_longer(okx):
    okx.minutes()
    okx.world.volume = lambda contract: 1e6 if contract.symbol == "ETH-USDT-SWAP" else 2e8
    discover(okx.desk)
    okx.minutes()
    assert okx.say("SELECT symbol FROM futures_instruments WHERE ended_why = 'volume'") == [("ETH-USDT-SWAP",)]
