"""The names that are collected unless SYMBOLS says otherwise: 22 of technology and growth, 22 of everything else."""

TECHNOLOGY = (
    "AAPL", "AMD", "AMZN", "AVGO", "COIN", "CRM", "GOOGL", "INTC", "META", "MSFT", "MSTR", "MU", "NFLX", "NVDA", "ORCL", "PLTR",
    "QCOM", "QQQ", "SHOP", "SMCI", "TSLA", "UBER",
)  # fmt: skip
VALUE = (
    "AXP", "BA", "BAC", "C", "CAT", "COST", "CVX", "DIS", "GS", "HD", "JNJ", "JPM", "KO", "LLY", "MCD", "PFE", "SPY", "UNH", "V",
    "WFC", "WMT", "XOM",
)  # fmt: skip
DEFAULT_NAMES = (*TECHNOLOGY, *VALUE)


def names(listed: str) -> tuple[str, ...]:
    """The names of a setting, separated by commas or blanks, each once and in capitals; the default ones where it is empty."""
    given = dict.fromkeys(listed.replace(",", " ").upper().split())
    return tuple(given) or DEFAULT_NAMES
