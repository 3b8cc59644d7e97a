"""Figures of one reported change: days left, moneyness, Vol/OI, where the last trade sat, what must have opened.

Arrays of one length in, new arrays out; prices in USD per share, counts in contracts. Unknown is NaN in floats, NaT in
instants and UNKNOWN in small integers, and stays unknown.
"""

from collections.abc import Mapping
from datetime import date, datetime

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core import sessions
from core.reasons import Reason
from core.vocabulary import MULTIPLIER

Floats = NDArray[np.float64]
Arrays = Mapping[str, np.ndarray]

UNKNOWN = -32768
"""What an int16 figure shows where it is unknown (dte, sentiment, confidence): NULL in the database."""
LOW, MEDIUM, HIGH = 1, 2, 3
AT_THE_MONEY = 0.02
"""Half width of the at-the-money band, as a share of the strike."""
STALE_MINUTES = 30
FEED_DELAY_MINUTES = 15
"""A delayed feed shows at `known_at` the market of a quarter of an hour before."""
_TICK = 1e-9
"""Prices closer than this are equal: a mid is computed, and half a cent has no exact float."""


def dte(expiration: ArrayLike, quote_session: ArrayLike) -> NDArray[np.int16]:
    """Calendar days from `quote_session` to `expiration` [days]; both dates."""
    days = np.asarray(expiration, "datetime64[D]") - np.asarray(quote_session, "datetime64[D]")
    return days.astype(np.int64).astype(np.int16)


def usable_quote(bid: ArrayLike, ask: ArrayLike) -> NDArray[np.bool_]:
    """Both sides known, the ask above zero, the bid not above the ask."""
    bid, ask = np.asarray(bid, float), np.asarray(ask, float)
    return (bid >= 0) & (ask > 0) & (bid <= ask)


def mid(bid: ArrayLike, ask: ArrayLike) -> Floats:
    """Middle of a usable quote [USD], else NaN."""
    bid, ask = np.asarray(bid, float), np.asarray(ask, float)
    return np.where(usable_quote(bid, ask), (bid + ask) / 2, np.nan)


def moneyness(strike: ArrayLike, spot: ArrayLike) -> Floats:
    """ln(strike / spot) [1]; NaN without a spot. Above zero: the strike is above the spot, for calls and puts alike."""
    strike, spot = np.asarray(strike, float), np.asarray(spot, float)
    return np.log(strike / np.where(spot > 0, spot, np.nan))


def moneyness_label(right: ArrayLike, strike: ArrayLike, spot: ArrayLike) -> NDArray[np.str_]:
    """'ITM', 'ATM' or 'OTM'; '' without a spot. ATM: the spot within 2 % of the strike. right: 'C' or 'P'."""
    strike, spot = np.asarray(strike, float), np.asarray(spot, float)
    side = np.where(np.asarray(right) == "C", 1.0, -1.0)
    inside = side * (spot / strike - 1.0)
    known = spot > 0
    return np.select([~known, inside > AT_THE_MONEY, inside < -AT_THE_MONEY], ["", "ITM", "OTM"], "ATM")


def vol_oi(volume: ArrayLike, open_interest: ArrayLike) -> Floats:
    """Volume over the open interest known that morning [1]; NaN where that is zero."""
    volume, open_interest = np.asarray(volume, float), np.asarray(open_interest, float)
    return volume / np.where(open_interest > 0, open_interest, np.nan)


def share_new(oi_change: ArrayLike, open_interest: ArrayLike) -> Floats:
    """Share of the open interest that the change added [1]; NaN where it did not rise."""
    oi_change, open_interest = np.asarray(oi_change, float), np.asarray(open_interest, float)
    return oi_change / np.where((oi_change > 0) & (open_interest > 0), open_interest, np.nan)


def premium(oi_change: ArrayLike, mid: ArrayLike, multiplier: ArrayLike = MULTIPLIER) -> Floats:
    """|change| x mid x multiplier [USD]: what the change is worth at today's mid."""
    return np.abs(np.asarray(oi_change, float)) * np.asarray(mid, float) * np.asarray(multiplier, float)


def delta_notional(oi_change: ArrayLike, delta: ArrayLike, spot: ArrayLike, multiplier: ArrayLike = MULTIPLIER) -> Floats:
    """Change x delta x spot x multiplier [USD]: the stock position that the change stands for, signed."""
    size = np.asarray(oi_change, float) * np.asarray(multiplier, float)
    return size * np.asarray(delta, float) * np.asarray(spot, float)


def quote_reasons(bid: ArrayLike, ask: ArrayLike, last: ArrayLike) -> NDArray[np.int32]:
    """Reason bits of a quote and the trade held against it."""
    bid, ask, last = np.asarray(bid, float), np.asarray(ask, float), np.asarray(last, float)
    usable = usable_quote(bid, ask)
    known = (bid >= 0) & (ask >= 0)
    traded = last > 0
    bits = np.where(traded, 0, int(Reason.NO_TRADE_PRICE)).astype(np.int32)
    for where, reason in (
        (~known, Reason.NO_QUOTE),
        (known & (ask == 0), Reason.NO_ASK),
        (known & (bid > ask) & (ask > 0), Reason.CROSSED),
        (usable & (bid == ask), Reason.LOCKED),
        (usable & (bid == 0), Reason.ZERO_BID),
        (usable & traded & ((last < bid - _TICK) | (last > ask + _TICK)), Reason.OUTSIDE_QUOTE),
        (usable & (ask - bid > 0.25 * (ask + bid) + _TICK), Reason.WIDE),
    ):
        bits |= np.where(where, np.int32(reason), np.int32(0))
    return bits


def sentiment(
    bid: ArrayLike, ask: ArrayLike, last: ArrayLike, reasons: ArrayLike = 0
) -> tuple[NDArray[np.int16], NDArray[np.int16], NDArray[np.int32]]:
    """Where the last trade sat: (code, confidence, reason bits).

    code: 2 above the ask, 1 nearer the ask, 0 at the mid, -1 nearer the bid, -2 below the bid; UNKNOWN without a trade
    price or a usable quote. It describes the trade, never the change of open interest. `reasons`: bits known before, such
    as `no_trade_time`. confidence: LOW where the quote rule often misreads (outside the quote, wide, trade stale or of
    unknown time), MEDIUM where the quote says little (locked, zero bid), else HIGH; UNKNOWN without a code.
    Quote rule on outside trades: Savickas and Wilson, JFQA 2003.
    """
    bid, ask, last = np.asarray(bid, float), np.asarray(ask, float), np.asarray(last, float)
    bits = quote_reasons(bid, ask, last) | np.asarray(reasons, np.int32)
    off_mid = last - (bid + ask) / 2
    code = np.where(off_mid > _TICK, 1, 0) - np.where(off_mid < -_TICK, 1, 0)
    code = code * np.where(bits & int(Reason.OUTSIDE_QUOTE), 2, 1)
    known = (last > 0) & usable_quote(bid, ask)
    low = int(Reason.NO_TRADE_TIME | Reason.STALE_TRADE | Reason.OUTSIDE_QUOTE | Reason.WIDE)
    medium = int(Reason.LOCKED | Reason.ZERO_BID)
    confidence = np.where(bits & low, LOW, np.where(bits & medium, MEDIUM, HIGH))
    return (
        np.where(known, code, UNKNOWN).astype(np.int16),
        np.where(known, confidence, UNKNOWN).astype(np.int16),
        bits,
    )


def opening_bounds(
    oi_change: ArrayLike, volume: ArrayLike, volume_final: ArrayLike
) -> tuple[Floats, Floats, Floats, Floats, NDArray[np.str_]]:
    """Least and most contracts opened and closed on either side: (opened_min, opened_max, closed_min, closed_max, reason).

    Buyers to open B and sellers to close S obey B - S = change with B and S within 0..volume, and so do sellers to open
    and buyers to close; hence B lies in [max(0, change), min(volume, volume + change)] and S = B - change. All three
    arguments belong to one session: the change counted at its close and its volume. Reason: 'volume_not_final',
    'no_volume' or 'change_exceeds_volume' where the bounds are NaN, else ''.
    """
    change, volume = np.asarray(oi_change, float), np.asarray(volume, float)
    final = np.broadcast_to(np.asarray(volume_final, bool), np.broadcast(change, volume).shape)
    unknown = ~np.isfinite(volume) | ~np.isfinite(change)
    reason = np.select([~final, unknown, np.abs(change) > volume], ["volume_not_final", "no_volume", "change_exceeds_volume"], "")
    blank = np.where(reason == "", 0.0, np.nan)
    opened_min, opened_max = np.maximum(0, change) + blank, np.minimum(volume, volume + change) + blank
    return opened_min, opened_max, opened_min - change, opened_max - change, reason


def quoted_at(quote_session: ArrayLike, known_at: ArrayLike) -> NDArray[np.datetime64]:
    """Instant of the quotes shown at `known_at`: the feed's delay before it, at the latest the close of the session (UTC)."""
    days = np.asarray(quote_session, "datetime64[D]")
    distinct, place = np.unique(days, return_inverse=True)
    closes = np.array([_naive(sessions.closes(day.item())) for day in distinct], "datetime64[us]")
    shown = np.asarray(known_at, "datetime64[us]") - np.timedelta64(FEED_DELAY_MINUTES, "m")
    return np.minimum(shown, closes[place].reshape(days.shape))


def features(rows: Arrays, quote_session: date | np.ndarray, known_at: datetime | np.ndarray) -> dict[str, np.ndarray]:
    """The feature columns of `facts.options_flow`: mid, moneyness, vol_oi, share_new, reasons, dte, sentiment, confidence.

    rows: arrays strike_milli, spot, bid, ask, mid, last, iv, delta, volume, open_interest, oi_change [float or int, NaN
    unknown], expiration [datetime64[D]], trade_time [datetime64, UTC, NaT unknown]. `quote_session` and `known_at`: one for all
    rows or an array. Floats come back as float64 with NaN, `reasons` int32, the others int16 with UNKNOWN.
    """
    spot, bid, ask, last, volume = (np.asarray(rows[name], float) for name in ("spot", "bid", "ask", "last", "volume"))
    session = np.asarray(quote_session, "datetime64[D]")
    moment = np.asarray(_naive(known_at) if isinstance(known_at, datetime) else known_at, "datetime64[us]")
    code, confidence, bits = sentiment(bid, ask, last, _time_reasons(rows["trade_time"], quoted_at(session, moment)))
    shown = np.asarray(rows["mid"], float)
    return {
        "mid": np.where(usable_quote(bid, ask) & (shown > 0), shown, mid(bid, ask)),
        "moneyness": moneyness(np.asarray(rows["strike_milli"]) / 1000.0, spot),
        "vol_oi": vol_oi(volume, rows["open_interest"]),
        "share_new": share_new(rows["oi_change"], rows["open_interest"]),
        "reasons": bits | _row_reasons(rows),
        "dte": dte(rows["expiration"], session),
        "sentiment": code,
        "confidence": confidence,
    }


def _row_reasons(rows: Arrays) -> NDArray[np.int32]:
    """Bits of what a row lacks beside its quote."""
    bits = np.zeros(len(rows["iv"]), np.int32)
    for where, reason in (
        (~(np.asarray(rows["iv"], float) > 0), Reason.NO_IV),
        (~np.isfinite(np.asarray(rows["delta"], float)), Reason.NO_DELTA),
        (~(np.asarray(rows["spot"], float) > 0), Reason.NO_SPOT),
        (np.asarray(rows["open_interest"]) == 0, Reason.NO_PRIOR_OI),
        (np.asarray(rows["oi_change"]) <= 0, Reason.OI_FELL),
        (np.isnan(np.asarray(rows["volume"], float)), Reason.UNKNOWN_VOLUME),
    ):
        bits |= np.where(where, np.int32(reason), np.int32(0))
    return bits


def _time_reasons(trade_time: ArrayLike, quoted: np.ndarray) -> NDArray[np.int32]:
    """`no_trade_time`, or `stale_trade` where the trade is more than 30 minutes older than the quote."""
    traded = np.asarray(trade_time, "datetime64[us]")
    stale = quoted - traded > np.timedelta64(STALE_MINUTES, "m")
    return np.where(np.isnat(traded), np.int32(Reason.NO_TRADE_TIME), np.where(stale, np.int32(Reason.STALE_TRADE), np.int32(0)))


def _naive(instant: datetime) -> np.datetime64:
    """An aware instant as numpy's UTC without a zone."""
    return np.datetime64(int(instant.timestamp() * 1_000_000), "us")
