"""The simulated market beside the real lists it was calibrated on: `python -m benchmarks.simulated_shape`.

Prints the table of docs/simulated_market.md. The real columns need the sample files in ../shared/data; without them the stored
reference figures stand there. Only aggregate figures are computed, no row is kept.
"""

from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import polars as pl

from analytics import flow
from ingest.sources import Payload, Raw, barchart, simulated

REAL = Path(__file__).parents[2] / "shared" / "data" / "barchart_oi_change"
LEAST_ROWS = 4_000
"""A session with fewer rows is an early or partial download and left out of the comparison."""
TOLERANCE_OF_SHARES, TOLERANCE_OF_FIGURES = 0.08, 0.45
"""How far the simulated market may be from the real lists: shares absolutely, other figures relative to the real ones."""
LATER = datetime(2100, 1, 1, tzinfo=UTC)
Shape = dict[str, float]

REFERENCE: Shape = {
    "rows a session, median": 4215,
    "share on the lists of stocks": 0.6014,
    "share on the lists of increases": 0.5223,
    "share of calls": 0.5329,
    "change is zero": 0.03744,
    "change is negative": 0.2223,
    "change exceeds the volume shown": 0.07178,
    "size of the change, 25 %": 46,
    "size of the change, median": 196,
    "size of the change, 75 %": 619,
    "size of the change, 90 %": 1667,
    "size of the change, 99 %": 9813,
    "change / open interest, median": 0.05851,
    "change / open interest, 75 %": 0.2193,
    "change / open interest, 90 %": 0.4959,
    "open interest, 10 %": 561,
    "open interest, median": 3606,
    "open interest, 90 %": 25410,
    "volume, median": 1335,
    "volume, 90 %": 7542,
    "volume, 99 %": 48000,
    "Vol/OI, 10 %": 0.06043,
    "Vol/OI, median": 0.497,
    "Vol/OI, 90 %": 3.302,
    "expires in 0 to 0 days": 0.02573,
    "expires in 1 to 7 days": 0.2573,
    "expires in 8 to 30 days": 0.3545,
    "expires in 31 to 90 days": 0.2059,
    "expires in 91 to 365 days": 0.1345,
    "expires in 366 to 2000 days": 0.02204,
    "ln(strike / spot), 10 %": -0.1091,
    "ln(strike / spot), 25 %": -0.03408,
    "ln(strike / spot), median": 0.002222,
    "ln(strike / spot), 75 %": 0.0438,
    "ln(strike / spot), 90 %": 0.134,
    "last trade above the ask": 0.2072,
    "last trade ask side": 0.2611,
    "last trade at the mid": 0.0775,
    "last trade bid side": 0.2582,
    "last trade below the bid": 0.196,
    "implied volatility, 10 %": 0.143,
    "implied volatility, median": 0.3198,
    "implied volatility, 90 %": 0.837,
    "mid [USD], 10 %": 0.225,
    "mid [USD], median": 1.6,
    "mid [USD], 90 %": 10.45,
    "spread [USD], median": 0.03,
    "spread [USD], 90 %": 0.15,
    "spread / mid, median": 0.02007,
    "spread / mid, 90 %": 0.07519,
    "last trade over 30 minutes old": 0.1266,
    "smile of funds at -2 deviations": 1.421,
    "smile of funds at -1 deviations": 1.173,
    "smile of funds at +1 deviations": 0.9042,
    "smile of funds at +2 deviations": 0.9901,
    "smile of stocks at -2 deviations": 1.219,
    "smile of stocks at -1 deviations": 1.064,
    "smile of stocks at +1 deviations": 0.9972,
    "smile of stocks at +2 deviations": 1.104,
}
"""The 64 most listed names of the real files (2023-04-25 to 2023-11-14, 77 full sessions): what the market is calibrated on."""


def is_share(measure: str) -> bool:
    """Whether a measure is a share of the rows."""
    return "," not in measure and not measure.startswith("smile")


def lists(payloads: list[Payload]) -> pl.DataFrame:
    """The rows of all lists with their session, list and market beside."""
    return pl.concat(
        payload.rows.with_columns(
            quote_session=pl.lit(payload.quote_session),
            slot=pl.lit(payload.slot),
            final=pl.lit(payload.volume_final),
            dte=(pl.col("expiration") - pl.lit(payload.quote_session)).dt.total_days(),
        )
        for payload in payloads
        if payload.coverage == "top_list"
    )


def real_lists() -> pl.DataFrame:
    """All rows of the real files' full sessions."""
    files = sorted(REAL.glob("*/*.csv.gz"))
    rows = lists([barchart.parse(Raw("barchart", path.name, path.read_bytes(), LATER)) for path in files])
    return rows.filter(pl.len().over("quote_session") > LEAST_ROWS)


def most_listed(rows: pl.DataFrame, count: int = 64) -> pl.DataFrame:
    """Only the rows of the names that stand most often on the lists."""
    names = rows.group_by("symbol").len().sort("len", "symbol", descending=[True, False]).head(count)
    return rows.join(names.select("symbol"), on="symbol", how="semi")


def simulated_lists(seed: int, last_session: date) -> pl.DataFrame:
    """All rows of the simulated lists."""
    return lists([simulated.parse(raw) for raw in simulated.make_market(seed, last_session) if raw.source == "simulated"])


# ---------------------------------------------------------------- measures
def shape(rows: pl.DataFrame) -> Shape:
    """Aggregate figures of lists by name; shares between 0 and 1."""
    per_session = rows.group_by("quote_session").len()["len"]
    figures = {
        "rows a session, median": float(per_session.median() or 0),  # type: ignore[arg-type]
        "share on the lists of stocks": float(rows["slot"].str.starts_with("stocks").mean() or 0),  # type: ignore[arg-type]
        "share on the lists of increases": float(rows["slot"].str.ends_with("increase").mean() or 0),  # type: ignore[arg-type]
        "share of calls": float((rows["right"] == "C").mean() or 0),  # type: ignore[arg-type]
    }
    return figures | _sizes(rows) | _ladder(rows) | _sentiment(rows) | _quotes(rows) | _smile(rows)


def _quantiles(name: str, values: np.ndarray, *percents: int) -> Shape:
    label = {50: "median"}
    known = values[np.isfinite(values)]
    return {f"{name}, {label.get(percent, f'{percent} %')}": float(np.percentile(known, percent)) for percent in percents}


def _sizes(rows: pl.DataFrame) -> Shape:
    change, held, volume = (rows[name].to_numpy().astype(float) for name in ("oi_change", "open_interest", "volume"))
    figures = {"change is zero": float((change == 0).mean()), "change is negative": float((change < 0).mean())}
    figures |= {"change exceeds the volume shown": float((np.abs(change) > volume).mean())}
    figures |= _quantiles("size of the change", np.abs(change), 25, 50, 75, 90, 99)
    figures |= _quantiles("change / open interest", np.abs(change) / held, 50, 75, 90)
    figures |= _quantiles("open interest", held, 10, 50, 90)
    return figures | _quantiles("volume", volume, 50, 90, 99) | _quantiles("Vol/OI", volume / held, 10, 50, 90)


def _ladder(rows: pl.DataFrame) -> Shape:
    days, moneyness = rows["dte"].to_numpy(), flow.moneyness(rows["strike_milli"].to_numpy() / 1000, rows["spot"].to_numpy())
    ladder = ((0, 0), (1, 7), (8, 30), (31, 90), (91, 365), (366, 2000))
    figures = {f"expires in {low} to {high} days": float(((days >= low) & (days <= high)).mean()) for low, high in ladder}
    return figures | _quantiles("ln(strike / spot)", moneyness, 10, 25, 50, 75, 90)


def _sentiment(rows: pl.DataFrame) -> Shape:
    code = flow.sentiment(rows["bid"].to_numpy(), rows["ask"].to_numpy(), rows["last"].to_numpy())[0]
    words = {2: "above the ask", 1: "ask side", 0: "at the mid", -1: "bid side", -2: "below the bid"}
    return {f"last trade {word}": float((code == place).mean()) for place, word in words.items()}


def _quotes(rows: pl.DataFrame) -> Shape:
    bid, ask, iv = (rows[name].to_numpy() for name in ("bid", "ask", "iv"))
    middle = flow.mid(bid, ask)
    timed = rows.filter(pl.col("trade_time").is_not_null())
    age = timed.select(
        (pl.col("trade_time").max().over("quote_session", "slot") - pl.col("trade_time")).dt.total_minutes()
    ).to_series()
    figures = _quantiles("implied volatility", iv, 10, 50, 90) | _quantiles("mid [USD]", middle, 10, 50, 90)
    figures |= _quantiles("spread [USD]", ask - bid, 50, 90) | _quantiles("spread / mid", (ask - bid) / middle, 50, 90)
    return figures | {"last trade over 30 minutes old": float((age.to_numpy() > 30).mean())}


def _smile(rows: pl.DataFrame) -> Shape:
    """Implied volatility over that at the money of the same expiration, by deviations of the strike; 15 to 60 days left."""
    chosen = rows.filter(pl.col("dte").is_between(15, 60) & pl.col("iv").is_not_null() & (pl.col("spot") > 0))
    chosen = chosen.with_columns(
        away=(pl.col("strike_milli") / 1000 / pl.col("spot")).log(), fund=pl.col("slot").str.starts_with("etfs")
    )
    key = ["quote_session", "symbol", "expiration"]
    middle = chosen.filter(pl.col("away").abs() < 0.02).group_by(key).agg(atm=pl.col("iv").median())
    both = chosen.join(middle, on=key).with_columns(z=(pl.col("away") / (pl.col("atm") * (pl.col("dte") / 365).sqrt())).round(0))
    found = {
        (row["fund"], int(row["z"])): row["iv"]
        for row in both.group_by("fund", "z").agg((pl.col("iv") / pl.col("atm")).median()).to_dicts()
    }
    return {
        f"smile of {'funds' if fund else 'stocks'} at {z:+d} deviations": float(found.get((fund, z), np.nan))
        for fund in (True, False)
        for z in (-2, -1, 1, 2)
    }


def table(columns: dict[str, Shape]) -> str:
    """The comparison as Markdown."""
    lines = ["| measure | " + " | ".join(columns) + " |", "|---|" + "---:|" * len(columns)]
    for name in next(iter(columns.values())):
        figures = " | ".join(_figure(column.get(name, np.nan)) for column in columns.values())
        lines += [f"| {name} | {figures} |"]
    return "\n".join(lines)


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def main() -> None:
    """Print the comparison."""
    columns = {"real, 64 most listed names": REFERENCE}
    if REAL.exists():
        rows = real_lists()
        columns = {"real, all names": shape(rows), "real, 64 most listed names": shape(most_listed(rows))}
    print(table(columns | {"simulated": shape(simulated_lists(11, date(2026, 11, 19)))}))


if __name__ == "__main__":
    main()
