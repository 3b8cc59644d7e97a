"""Hostile text, seeded: for SQL, for browsers. Every payload of a seed is the same in every run."""

import random
from collections.abc import Callable, Iterator

_SQL = (
    "'",
    '"',
    "''",
    "' OR '1'='1",
    "' OR 1=1 --",
    "1; DROP TABLE loads; --",
    "') UNION SELECT password_hash FROM auth.accounts --",
    "1 UNION ALL SELECT NULL,NULL --",
    "'; SELECT pg_sleep(3); --",
    "' AND 1=(SELECT count(*) FROM auth.accounts) --",
    "%s",
    "%(symbol)s",
    "%%",
    "{0}",
    "$1",
    "$$;DROP TABLE contracts;$$",
    "E'\\\\x27'",
    "\\",
    "\\'; --",
    "/* */",
    "--",
    ";",
    "NULL",
    "null::text",
    "ARRAY[1]",
    "(SELECT 1)",
    "SPY'--",
    "SPY' AND '1'='1",
    "1e999",
    "NaN",
    "-1",
    "0x27",
    "CHAR(39)",
    "chr(39)||chr(39)",
    "COPY loads TO PROGRAM 'id'",
    "\x00",
    "SPY\x00",
    "\ud7ff",
    "\u2019",
    "\uff07 OR 1=1",
    "%27%20OR%201=1",
    "2023-10-04' --",
    "all' OR 'a'='a",
    "C'; SET ROLE owner; --",
    "0-365; SELECT 1",
    "2,1); --",
    "session_date",
    "known_at DESC",
    "symbol; --",
    "\n;\n",
    "a" * 5000,
    "'" * 200,
    "(" * 300,
    "💥'",
    "\u202eSPY",
    "SPY/**/OR/**/1=1",
    "1'1",
    "1 or 1=1",
    "admin'--",
    "' HAVING 1=1 --",
)
_WRAPS = ("{}", "SPY{}", "{}SPY", "1{}", "{} --", "' {}", "{}'", "{0}{0}", "({})", "2023-10-04{}", "C{}", "{},2")
_ENDS = ("", " ", ";", ")", "#", "\t", " LIMIT 1")
_TAGS = (
    "<img src=x data-canary=1 onerror={js}>",
    "<svg data-canary=1 onload={js}>",
    "<script data-canary=1>{js}</script>",
    '"><b data-canary=1>x</b>',
    "'><i data-canary=1 onmouseover={js}>x</i>",
    "<iframe data-canary=1 srcdoc='<script>{js}</script>'>",
    "</script><script data-canary=1>{js}</script>",
    "<a data-canary=1 href=javascript:{js}>x</a>",
    "[x](javascript:{js})",
    "![x](x' onerror='{js})",
    "<details data-canary=1 open ontoggle={js}>",
    "<input data-canary=1 autofocus onfocus={js}>",
    "${{{js}}}",
    "{{{{{js}}}}}",
    "<style data-canary=1>*{{}}</style>",
    "<template><b data-canary=1>",
    "&lt;b data-canary=1&gt;",
    "<math><mtext><b data-canary=1 onclick={js}>",
    "javascript:{js}",
    "<x data-canary=1 onclick={js} tabindex=1>",
    "</title><b data-canary=1>",
    "-->]]><b data-canary=1>",
    "<form data-canary=1 action=/auth/sign-out method=post>",
    "<meta data-canary=1 http-equiv=refresh content='0;url=//x'>",
    "<base data-canary=1 href=//x>",
    "$$\\href{{javascript:{js}}}{{x}}$$",
)
_SCRIPTS = ("window.__ran=1", "alert(1)", "document.title='ran'", "window['__ran']=1", "self.__ran=true", "eval('__ran=1')")
_FRONTS = ("", "A", "'", '"', "</div>", "`", "A B ", "=", "\u200b", "&#60;")


def sql(count: int) -> list[str]:
    """Payloads for whatever is written into a query by a mistake."""
    return _some(
        count, 34, lambda rng: rng.choice(_WRAPS).replace("{0}", "{}").replace("{}", rng.choice(_SQL) + rng.choice(_ENDS))
    )


def markup(count: int) -> list[str]:
    """Payloads that run a script or add an element with `data-canary` where text is taken for markup."""
    return _some(count, 35, lambda rng: rng.choice(_FRONTS) + rng.choice(_TAGS).format(js=rng.choice(_SCRIPTS)))


def _some(count: int, seed: int, make: Callable[[random.Random], str]) -> list[str]:
    rng, found = random.Random(seed), dict[str, None]()
    while len(found) < count:
        found[make(rng)] = None
    return list(found)


def shares(items: list[str], many: int) -> Iterator[list[str]]:
    """The items in pieces of `many`."""
    for start in range(0, len(items), many):
        yield items[start : start + many]
