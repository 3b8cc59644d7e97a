"""Why a figure is unknown or weak: one bit each, the same as the rows of the table `reasons`."""

from enum import IntFlag


class Reason(IntFlag):
    """`options_flow.reasons` adds up these bits."""

    NO_TRADE_PRICE = 1
    NO_QUOTE = 2
    CROSSED = 4
    NO_ASK = 8
    LOCKED = 16
    ZERO_BID = 32
    OUTSIDE_QUOTE = 64
    WIDE = 128
    NO_TRADE_TIME = 256
    STALE_TRADE = 512
    NO_IV = 1024
    NO_DELTA = 2048
    NO_SPOT = 4096
    NO_PRIOR_OI = 8192
    OI_FELL = 16384
    UNKNOWN_OPEN_INTEREST = 32768
    UNKNOWN_VOLUME = 65536


def codes(bits: int) -> tuple[str, ...]:
    """The codes of a sum of bits, lowest first: 5 -> ('no_trade_price', 'crossed')."""
    return tuple((reason.name or "").lower() for reason in Reason if bits & reason)
