"""Texts that stand where figures and names should, for JSON and CSV alike."""

NUMBERS = {
    "not_a_number": ("NaN", "nan", "Infinity", "-Infinity", "inf", "1E400", "0x1f", "--", "#REF!", "1_000"),
    "negative": ("-1", "-100", "-0.01", "-0", "-0.0"),
    "huge_figure": ("1e20", "99999999999999999999", "2147483648", "1e308", "100000001", "12345678901234567890.5"),
    "fraction": ("0.5", "1.0000001", "0.1", "3.999999", "1e-7", "2.50"),
    "exponent": ("1E5", "1e-05", "5e3", "1e+2", "1.5e-03"),
    "zero": ("0", "0.0", "00", "0e0"),
}
TEXTS = {
    "strange_name": ("ÄAPL", "AAPL\u200b", "\u202eLPAA", "😀", "aapl", "A B", "", "AAPL;DROP", "<b>A</b>", "ＡＡＰＬ"),
    "decimal_comma": ("12,5", "0,125", "1.234,56", "1,000"),
    "formula": ("=cmd|' /C calc'!A0", "@SUM(1)", "+cmd", "\t5"),
    "control_character": ("A\u0001B", "\u007f", "x\u0085y", "\u2028"),
    "strange_date": (
        "2023-02-31",
        "0000-00-00",
        "2026-W10-5",
        "20261120",
        "2026-11-20T25:00:00",
        "2024-03-10T02:30:00",
        "yesterday",
    ),
    "other_instant": ("2001-01-19", "2099-12-31T00:00:00", "2026-11-20T10:00:00Z", "1700000000", "2024-11-03T01:30:00"),
}
