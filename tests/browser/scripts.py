"""R35: markup in tickers, company names, file names, raw texts, e-mails and reasons; a browser that looks for what came of it."""

from dataclasses import dataclass, field, replace
from typing import Any

from selenium import webdriver
from selenium.common.exceptions import NoAlertPresentException

from core.access import Tier
from core.clock import system_clock
from tests.browser import drawn
from tests.usecases import market
from tests.walls import payloads
from usecases import operations
from usecases.audit import audit
from usecases.sign_in import Account

PATHS = ("/", "/changes", "/new_positions", "/display?count=30", "/table?columns=All", "/flow_trend", "/data",
         "/accounts", "/account")  # fmt: skip
_LOOK = """
const inside = (e) => [e, ...[...e.children, ...(e.shadowRoot ? e.shadowRoot.children : [])].flatMap(inside)];
const all = inside(document.documentElement);
const hit = (e) => e.dataset && e.dataset.canary !== undefined || (e.href + '').startsWith('javascript:');
return [window.__ran || document.title === 'ran' || 0, all.filter(hit).map(e => e.outerHTML.slice(0, 120)),
        all.filter(e => e.shadowRoot).length, document.body.innerText.includes('data-canary')];
"""
_ROWS = """
INSERT INTO quarantine (load_id, payload_sha256, line_number, raw_text, reason)
SELECT load_id, payload_sha256, 7, %s, 'bad_symbol' FROM loads ORDER BY load_id LIMIT 1
"""
_ACCOUNT = "INSERT INTO auth.accounts (email, tier, state) VALUES (lower(%s), 'free', 'invited') ON CONFLICT DO NOTHING"


@dataclass
class Looked:
    """What was seen on the pages; `shown`: pages where a payload stood as plain text."""

    ran: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    shown: int = 0


def plant(databases: Any, count: int) -> None:
    """The small market, and beside it a ticker, a name and a row of each other kind for every payload."""
    texts = payloads.markup(count)
    market.fill(databases)
    like = replace(market.STOCKS[market.Q4][0], open_interest=20_000)
    many = [replace(like, key=replace(like.key, symbol=text), oi_change=9000 + at) for at, text in enumerate(texts)]
    market.publish(databases, market.Q4, "stocks-decrease", many)
    market.publish_state(databases, market.Q4, known_at=market.EVENING)
    market.flip(databases)
    with databases.owner.transaction() as work, work.connection.cursor() as cursor:
        for text in texts:
            cursor.execute("UPDATE underlyings SET name = %s WHERE symbol = %s", (text, text))
            cursor.execute(_ROWS, [text])
        for at, text in enumerate(texts[:10]):
            cursor.execute("UPDATE loads SET file_name = %s WHERE load_id = %s", (text, at + 1))
    for at, text in enumerate(texts[:100]):
        operations.request_import(databases.app_admin, Account(0, text, Tier.ADMIN), text, b"x")
        operations.request_withdrawal(databases.app_admin, Account(0, text, Tier.ADMIN), at % 8 + 1, text)
    with databases.auth.transaction() as work, work.connection.cursor() as cursor:
        for text in texts[:200]:
            cursor.execute(_ACCOUNT, [text])
            audit(work, system_clock(), text, "sign_in", text, text[:40], reason=text)


def look(browser: webdriver.Chrome, url: str, paths: tuple[str, ...]) -> Looked:
    """Open pages and count what should not be there."""
    result = Looked()
    for path in paths:
        browser.get(url + path)
        drawn.settled(browser)
        try:
            result.ran.append(f"{path}: {browser.switch_to.alert.text}")
            browser.switch_to.alert.dismiss()
        except NoAlertPresentException:
            pass
        ran, added, _shadows, shown = browser.execute_script(_LOOK)
        result.ran += [path] if ran else []
        result.added += [f"{path}: {found}" for found in added]
        result.failed += [path] if drawn.errors(browser) else []
        result.shown += bool(shown)
    return result
