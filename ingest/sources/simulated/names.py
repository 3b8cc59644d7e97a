"""The invented companies and funds of the simulated market. None of them exists."""

from typing import NamedTuple


class Name(NamedTuple):
    """One underlying: `spot` [USD] at the start, `iv` [per year], `rows` it puts on the lists of a usual session."""

    symbol: str
    title: str
    sector: str
    spot: float
    iv: float
    rows: int
    ladder: str

    @property
    def is_fund(self) -> bool:
        """Whether it stands on the lists of funds rather than of stocks."""
        return self.sector == "fund"


_TABLE = """
SIMBM Simulated Broad Market Fund        fund     442  .14 560 daily
SIMGI Simulated Growth Index Fund        fund     368  .20 390 daily
VELTO Velto Drives                       motors   247  .52 270 deep
NUVEX Nuvex Circuits                     chips    438  .47 200 deep
ORVAL Orval Devices                      devices  179  .24 155 deep
SIMSC Simulated Small Company Fund       fund     184  .20 150 deep
BRELO Brelo Commerce                     retail   131  .33 138 deep
KADEX Kadex Silicon                      chips    110  .47 120 deep
WENDI Wendimar Software                  software 328  .26 106 deep
LUMEO Lumeo Circles                      software 299  .37  98 deep
QUENZ Quenza Analytics                   software 15  .68  80 wide
ZEFRA Zefra Index                        software 128  .28  77 wide
TAVRO Tavro Trading House                retail   90  .44  68 wide
SIMTG Simulated Triple Growth Fund       fund     40  .58  65 wide
MIRQA Mirqa Pictures                     media    86  .29  60 wide
SIMLB Simulated Long Bond Fund           fund     95  .17 60 wide
KINOR Kinora Halls                       media    5 1.35  54 wide
ODLUN Odlund Bank                        banks    29  .26  54 wide
STREV Strevia Channels                   media    422  .38  54 wide
IXTAR Ixtar Processors                   chips    34  .37  52 wide
PELVO Pelvo Transfers                    payments 63  .38  52 wide
NOVRI Novri Electric                     motors   11  .75  52 wide
SIMIG Simulated Inverse Growth Fund      fund     19  .60  48 wide
CRYLO Crylo Exchange                     payments 80  .90  46 wide
SULFI Sulfina Lending                    payments 9  .66  43 wide
KORVA Korva Autos                        motors   41 1.20  42 wide
RUVEL Ruvel Trucks                       motors   24  .79  40 wide
MARXO Marxo Hashing                      payments 12 1.06  39 wide
SIMRB Simulated Regional Banks Fund      fund     43  .35  38 wide
SIMGB Simulated Gold Bullion Fund        fund     180  .13  37 wide
AVEXI Avexi Reasoning                    software 36  .95  37 wide
FENDA Fendane Motor Works                motors   13  .35  36 wide
SIMSL Simulated Silver Fund              fund     22  .25  35 near
OXELA Oxela Petroleum                    energy   108  .25  34 near
SIMVT Simulated Volatility Futures Fund  fund     16 1.10  34 near
TILLO Tillo Terminals                    payments 58  .50  34 near
SIMTC Simulated Triple Chips Fund        fund     22  .83  33 near
CENDR Cendra Bank                        banks    44  .27  33 near
RYDEL Rydelo Rides                       motors   45  .39  32 near
ASTUP Astupa Credit                      payments 33 1.15  32 near
VITRO Vitrona Storefronts                retail   60  .51  31 near
BORAL Boralis Aircraft                   industry 214  .29  30 near
SIMEN Simulated Energy Fund              fund     87  .24  30 near
PHELM Phelma Medicines                   health   36  .23  29 near
SIMHY Simulated High Yield Fund          fund     75  .10  29 near
MEMVA Memva Memory                       chips    68  .38  28 near
HALDE Haldern Bank                       banks    147  .21  27 near
ROTHA Rothana Blocks                     payments 12 1.06  26 near
SIMFI Simulated Financials Fund          fund     34  .17  26 near
BLINQ Blinqo Messages                    software 10  .61  26 near
ALTRI Altrio Instalments                 payments 18  .90  26 near
TELVA Telvara Networks                   industry 15  .26  25 near
SIMGM Simulated Gold Miners Fund         fund     30  .31  25 near
SIMSM Simulated Southern Markets Fund    fund     31  .29  25 near
JENDO Jendo Mall                         retail   35  .48  25 near
GARTO Garton Stores                      retail   130  .31  24 near
DATLO Datlora Tables                     software 114  .29  24 near
VIDRO Vidrona Screens                    media    79  .62  24 near
WESTA Westara Bank                       banks    42  .27  24 near
RADQO Radqo Modems                       chips    115  .33  24 near
SIMIV Simulated Innovation Fund          fund     43  .40  24 near
SIMEM Simulated Emerging Markets Fund    fund     39  .18  24 near
CRUZA Cruzana Ships                      media    16  .52  23 near
DELVO Delvora Health                     health   188  .27  23 near
"""


def _read(line: str) -> Name:
    symbol, *title, sector, spot, iv, rows, ladder = line.split()
    return Name(symbol, " ".join(title), sector, float(spot), float(iv), int(rows), ladder)


NAMES = tuple(_read(line) for line in _TABLE.strip().splitlines())
"""Ordered by how many rows they put on the lists, largest first."""
