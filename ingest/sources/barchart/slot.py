"""Which of the four slots a Barchart file fills, from its rows. The file's name only decides where no symbol does."""

import re

import polars as pl

from core.errors import RefusedPayload

INCREASE_FROM = 100
"""Files of increases hold changes above this, files of decreases everything below it, small increases too."""
CLEAR = 0.9
"""Share of the rows that has to agree on a slot."""

_ETFS = """
ARKG ARKK ASHR BITO BOIL DIA DUST EEM EFA EMB EWJ EWZ FXI GDX GDXJ GLD HYG IBB IBIT ICLN IEF INDA IVV IWM IYR JDST JETS
JNK JNUG KBE KOLD KRE KWEB LABD LABU LQD MCHI MSOS NUGT QID QLD QQQ RSP RSX SCHD SDS SH SHY SILJ SLV SMH SOXL SOXS SOXX
SPXL SPXS SPXU SPY SQQQ SRTY SSO SVIX SVXY TBT TIP TLT TMF TMV TNA TQQQ TSLL TZA UCO UNG UPRO USO UVIX UVXY VEA VNQ VOO
VTI VWO VXX XBI XHB XLB XLC XLE XLF XLI XLK XLP XLRE XLU XLV XLY XME XOP XRT YINN
"""
_STOCKS = """
AAL AAPL ABBV ABNB ADBE AFRM AI AMC AMD AMZN AVGO AXP BA BABA BAC BBAI BIDU BMY BP C CAT CCL CHPT CHWY CLF CMCSA CMG
COIN COP COST CRM CRWD CSCO CVNA CVS CVX DAL DAX DIS DKNG ENPH F FCX FDX FSLR GE GM GME GOOG GOOGL GS HD HOOD IBM INTC
JD JNJ JPM KO KVUE LCID LLY LULU LUV LYFT M MA MARA MCD META MMM MO MPW MRK MRNA MRVL MS MSFT MSTR MU NCLH NEE NEM NFLX
NIO NKE NVDA NVO OPEN ORCL OXY PANW PARA PBR PDD PEP PFE PINS PLTR PLUG PTON PYPL QCOM RBLX RIOT RIVN ROKU S SBUX SHOP
SLB SMCI SNAP SNOW SOFI SPCE SQ T TGT TSLA TSM TTD TWLO U UAL UBER UNH UPS UPST V VALE VZ W WBA WBD WFC WMT X XOM XPEV Z
ZM
"""
ETFS = frozenset(_ETFS.split())
STOCKS = frozenset(_STOCKS.split())


def slot_of(rows: pl.DataFrame, file_name: str) -> tuple[str, tuple[str, ...]]:
    """The slot, such as 'etfs-increase', and a warning where the file's name says another market. Refused: `slot_unknown`."""
    rising = float((rows["oi_change"] >= INCREASE_FROM).to_numpy().mean())
    if 1 - CLEAR < rising < CLEAR:
        message = f"{rising:.0%} of the rows rise by {INCREASE_FROM} or more: neither a file of increases nor one of decreases."
        raise RefusedPayload("slot_unknown", message)
    market, warnings = _market(rows, file_name)
    return f"{market}-{'increase' if rising >= CLEAR else 'decrease'}", warnings


def off_side(rows: pl.DataFrame, slot: str) -> pl.Series:
    """Rows whose change belongs to the other side of the slot's market."""
    change = rows["oi_change"]
    return change < INCREASE_FROM if slot.endswith("increase") else change > INCREASE_FROM


def _market(rows: pl.DataFrame, file_name: str) -> tuple[str, tuple[str, ...]]:
    """'stocks' or 'etfs' by the symbols that everybody knows, else by the file's name."""
    symbols = set(rows["symbol"].to_list())
    etfs, stocks = len(ETFS & symbols), len(STOCKS & symbols)
    named = re.search(r"(?<![a-z])(stock|etf)s?(?![a-z])", file_name.lower())
    said = f"{named[1]}s" if named else ""
    if not etfs + stocks:
        if said:
            return said, ("The market was taken from the file's name: no symbol in it is well known.",)
        raise RefusedPayload("slot_unknown", "Neither the symbols nor the file's name say whether these are stocks or ETFs.")
    share = etfs / (etfs + stocks)
    if 1 - CLEAR < share < CLEAR:
        raise RefusedPayload("slot_unknown", f"The file mixes {stocks} well-known stocks with {etfs} well-known ETFs.")
    market = "etfs" if share >= CLEAR else "stocks"
    if said and said != market:
        return market, (f"The file's name says {said}, its symbols are {market}; the symbols count.",)
    return market, ()
