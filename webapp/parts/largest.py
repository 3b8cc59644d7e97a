"""The list of the largest changes: on Today, and on phones in the place of the table of contracts."""

from typing import Any
from urllib.parse import urlencode

import pandas as pd

from core.vocabulary import COLUMNS
from webapp.look import formats, markup
from webapp.parts import badges

_HEAD = (
    '<table class="of-list"><thead><tr><th>Contract</th><th class="n" title="{change}">OI change</th>'
    '<th class="n" title="{share}">of OI</th>{premium}{traded}</tr></thead><tbody>{rows}</tbody></table>'
)
_ROW = (
    '<tr><td><a href="{address}" target="_self"><b>{symbol}</b> <small>{expiration}</small> '
    '<span class="{side}">{strike} {right}</span></a></td>'
    '<td class="n {way}" title="{full}">{arrow} {change}</td><td class="n">{share}</td>{premium}{traded}</tr>'
)


def table(rows: pd.DataFrame, *, phone: bool) -> None:
    """Home's list of the largest changes; a row leads to the history of its contract."""
    pieces = [_row(row, phone=phone) for _, row in rows.iterrows()]
    head = markup.fill('<th class="n" title="{help}">Premium</th>', help=COLUMNS["premium"].help)
    traded = markup.Safe() if phone else markup.fill('<th title="{help}">Traded</th>', help=COLUMNS["sentiment"].help)
    markup.show(
        markup.fill(
            _HEAD,
            change=COLUMNS["oi_change"].help,
            share="Added: part of the open interest that is new. Closed: part of the open interest before that is gone.",
            premium=head,
            traded=traded,
            rows=markup.join(pieces),
        )
    )


def _row(row: Any, *, phone: bool) -> markup.Safe:
    change = row["oi_change"]
    whole = row["open_interest"] if change > 0 else row["oi_before"]
    share = abs(change) / whole if whole else None
    premium = markup.fill(
        '<td class="n" title="{full}">{short}</td>', full=f"${formats.full(row['premium'])}", short=formats.money(row["premium"])
    )
    traded = markup.fill(
        "<td class='of-muted'>{words}</td>", words=badges.traded(row["sentiment"], row["confidence"], row["reasons"])
    )
    return markup.fill(
        _ROW, address=_address(row), symbol=row["symbol"], expiration=formats.day_table(row["expiration"]),
        side="of-call" if row["right"] == "C" else "of-put", strike=formats.strike(row["strike"]),
        right=formats.right(row["right"]),
        way="of-up" if change > 0 else "of-down", full=formats.signed(change, whole=True), arrow="▲" if change > 0 else "▼",
        change=formats.signed(change), share=formats.share(share), premium=premium, traded=markup.Safe() if phone else traded,
    )  # fmt: skip


def _address(row: Any) -> str:
    return "/flow_trend?" + urlencode(trend_words(row))


def trend_words(row: Any) -> dict[str, str]:
    """The words of the address that shows a contract's history."""
    words = {
        "symbol": row["symbol"],
        "expiration": f"{row['expiration']}",
        "strike": f"{row['strike']:.10g}",
        "right": row["right"],
    }
    return words if row["deliverable"] == "standard" else words | {"deliverable": row["deliverable"]}
