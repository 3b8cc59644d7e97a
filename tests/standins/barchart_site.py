"""A site of the shape of Barchart's, on loopback: sign-in with a cookie, four list pages with a download button, and troubles.

    with BarchartSite() as site:
        site.troubles = [Trouble("partial", "etfs-increase")]
        ...                                    # the robot visits site.url

A trouble strikes `times` times, at one slot's page or at any. What it does stands in TROUBLES.
"""

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.ingest import barchart_files

USER, PASSWORD = "robot.owner@example.com", "a walk & a \"quay\" 'at' noon"
SESSION = date(2026, 11, 2)
SLOTS = barchart_files.SLOTS
TROUBLES = {
    "slow": "every answer takes a while",
    "stuck": "the page never comes",
    "banner": "a cookie banner lies over the whole page",
    "popup": "an advertisement lies over the button and can be closed",
    "stubborn": "one lies there that cannot be closed",
    "expired": "the page sends the visitor to the sign-in",
    "expired_at_export": "the download does",
    "moved": "the button has another class, place and element",
    "gone": "there is no button",
    "captcha": "the page asks for proof of a human",
    "captcha_at_sign_in": "the sign-in does",
    "killed": "the driver dies when the page is asked for",
    "killed_at_export": "the driver dies during the download",
    "crashed": "the browser dies when the page is asked for",
    "partial": "the connection is cut within the file",
    "cut": "the file ends within a row",
    "limit": "the site says that no more may be downloaded today",
    "other": "another slot's file comes",
    "html": "a web page comes under the file's name",
    "silent": "the button does nothing",
    "stalled": "the download begins and never ends",
    "confirm": "a question has to be answered first",
    "broken": "the server answers 503",
    "new_tab": "the download opens another tab",
    "sign_in_refused": "the site takes no password",
}
_HEAD = """<!doctype html><html><head><meta charset="utf-8"><title>{title}</title><meta name="csrf-token" content="{token}">
<style>.over{{position:fixed;inset:0;background:#fffd;z-index:9}} .toolbar{{padding:8px}}</style>
<script>window.state = {{csrfToken: "{token}", email: "{email}"}};</script></head><body>"""
_OVERLAYS = {
    "banner": '<div class="over" id="banner"><p>Cookies</p><button id="onetrust-reject-all-handler">Reject</button></div>',
    "popup": '<div class="over" id="ad"><p>Subscribe!</p><button aria-label="Close">x</button></div>',
    "stubborn": '<div class="over"><p>Subscribe!</p></div>',
}
_CLOSING = "<script>for (const b of document.querySelectorAll('.over button')) b.onclick = () => b.parentNode.remove();</script>"
_BLOB = """<script>document.querySelector('#export').onclick = async () => {{
const answer = await fetch('{path}'); const kind = answer.headers.get('content-type');
if (kind.startsWith('text/html')) {{ document.documentElement.innerHTML = await answer.text(); return; }}
const link = document.createElement('a'); link.href = URL.createObjectURL(await answer.blob());
link.download = '{slot}.csv'; link.click(); }};</script>"""


@dataclass
class Trouble:
    """What goes wrong, at which slot (any where empty), and how often."""

    name: str
    slot: str = ""
    times: int = 1


class BarchartSite:
    """A running site. `on_kill`, `on_crash`: called where driver or browser shall die; `asked` lists the paths asked for."""

    def __init__(self, lines: int = 40, delay: float = 0.4):
        self.files = {slot: barchart_files.write("F", SESSION, slot, lines) for slot in SLOTS}
        self.delay, self.troubles, self.asked = delay, list[Trouble](), list[str]()
        self.on_kill: Callable[[], None] = lambda: None
        self.on_crash: Callable[[], None] = lambda: None
        self.elsewhere = ""  # where the page /elsewhere sends its visitors
        self.tokens: set[str] = set()
        self.closing = threading.Event()
        self._signed_in: set[str] = set()
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"site": self}))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "BarchartSite":
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def struck(self, name: str, slot: str = "") -> bool:
        """Whether this trouble happens now; it is used up by one."""
        with self._lock:
            for trouble in self.troubles:
                if trouble.name == name and trouble.slot in ("", slot) and trouble.times > 0:
                    trouble.times -= 1
                    return True
        return False

    def sign_in(self, user: str, password: str) -> str:
        """A new session's cookie, or nothing."""
        if (user, password) != (USER, PASSWORD) or self.struck("sign_in_refused"):
            return ""
        cookie = self.token()
        self._signed_in.add(cookie)
        return cookie

    def knows(self, cookie: str) -> bool:
        """Whether a visitor with this cookie is signed in."""
        return cookie in self._signed_in

    def forget(self) -> None:
        """End all sessions."""
        self._signed_in.clear()

    def token(self) -> str:
        """A new secret of the site's own."""
        made = secrets.token_hex(16)
        self.tokens.add(made)
        return made


class _Server(ThreadingHTTPServer):
    daemon_threads = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a browser that was killed hears no answer."""


class _Handler(BaseHTTPRequestHandler):
    site: BarchartSite

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(asked.query).items()}
        if asked.path == "/favicon.ico":
            self._page("Nothing", "", 404)
            return
        self.site.asked.append(self.path)
        if self.site.struck("slow"):
            self.site.closing.wait(self.site.delay)
        if asked.path == "/login":
            self._sign_in_page()
        elif asked.path.startswith("/options/open-interest-change/"):
            self._list_page(f"{query['type']}-{asked.path.rpartition('/')[2]}")
        elif asked.path == "/elsewhere":
            self._to(self.site.elsewhere)
        elif asked.path == "/export":
            self._export(query["slot"])
        else:
            self._page("Home", f"<p>Hello {USER}</p>" if self._known() else "<p>Nothing here.</p>")

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
        cookie = self.site.sign_in(form["email"][0], form["password"][0])
        if cookie:
            self._to("/my", cookie)
        else:
            self._sign_in_page('<p class="login-error">User or password is wrong.</p>')

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def _known(self) -> bool:
        cookies = self.headers.get("cookie", "")
        return any(self.site.knows(pair.partition("=")[2]) for pair in cookies.split("; "))

    def _sign_in_page(self, words: str = "") -> None:
        if self.site.struck("captcha_at_sign_in"):
            self._challenge()
            return
        overlay = _OVERLAYS["banner"] if self.site.struck("banner", "sign_in") else ""
        fields = f"<input type='hidden' name='_token' value='{self.site.token()}'><input name='email' type='text'>"
        button = "<input name='password' type='password'><button class='login-button' type='submit'>Log In</button>"
        self._page("Log in", f"{words}<form method='post' action='/login'>{fields}{button}</form>{overlay}{_CLOSING}")

    def _list_page(self, slot: str) -> None:
        site = self.site
        if site.struck("killed", slot):
            site.on_kill()
        if site.struck("crashed", slot):
            site.on_crash()
        if site.struck("stuck", slot):
            site.closing.wait(60)
        if site.struck("broken", slot):
            self._page("503", "<h1>Service unavailable</h1>", 503)
        elif site.struck("captcha", slot):
            self._challenge()
        elif site.struck("expired", slot):
            site.forget()
            self._to("/login")
        elif not self._known():
            self._to("/login")
        else:
            overlays = "".join(html for name, html in _OVERLAYS.items() if site.struck(name, slot))
            listed = f"<table><tr><td>{slot}</td></tr></table><p>Your download limit is 100 files a day.</p>"
            self._page(slot, f"<header>{USER}</header>{self._button(slot)}{listed}{overlays}{_CLOSING}")

    def _button(self, slot: str) -> str:
        """The download button: a link on the pages of stocks, a script that builds the file on those of funds."""
        path = f"/export?slot={slot}&token={self.site.token()}"
        if self.site.struck("gone", slot):
            return "<div class='toolbar'></div>"
        if self.site.struck("silent", slot):
            return "<div class='toolbar'><a class='toolbar-button download' href='#'>Download</a></div>"
        if self.site.struck("confirm", slot):
            opened = "document.querySelector('.modal').hidden = false; return false"
            asks = f"<div class='modal over' hidden><a class='download-confirm' href='{escape(path)}'>Download Anyway</a></div>"
            return f"<a class='toolbar-button download' href='#' onclick=\"{opened}\">Download</a>{asks}"
        if self.site.struck("moved", slot):
            return f"<main><section><a id='x91' href='{escape(path)}'><b>Download CSV</b></a></section></main>"
        if self.site.struck("new_tab", slot):
            return f"<a class='toolbar-button download' target='_blank' href='{escape(path)}'>Download</a>"
        if slot.startswith("etfs"):
            return f"<button class='toolbar-button download' id='export'>Download</button>{_BLOB.format(path=path, slot=slot)}"
        return f"<div class='toolbar'><a class='toolbar-button download' href='{escape(path)}'>Download</a></div>"

    def _export(self, slot: str) -> None:
        site, body = self.site, self.site.files[slot]
        if site.struck("expired_at_export", slot):
            site.forget()
        if not self._known():
            self._sign_in_page()
        elif site.struck("limit", slot):
            self._page("Limit", "<div class='download-limit'>You have reached your download limit.</div>")
        elif site.struck("html", slot):
            self._file(slot, b"<!doctype html><html><body>Please log in</body></html>")
        elif site.struck("other", slot):
            self._file(slot, site.files[SLOTS[(SLOTS.index(slot) + 1) % len(SLOTS)]])
        elif site.struck("cut", slot):
            self._file(slot, body[: len(body) // 2])
        elif site.struck("partial", slot):
            self._file(slot, body, sent=len(body) // 2)
        elif site.struck("stalled", slot):
            self._file(slot, body, sent=len(body) // 2, pause=60)
        elif site.struck("killed_at_export", slot):
            site.on_kill()
            self._file(slot, body)
        else:
            self._file(slot, body)

    def _file(self, slot: str, body: bytes, sent: int | None = None, pause: float = 0) -> None:
        """A download; of one that is cut only `sent` bytes, and then the connection ends."""
        self.send_response(200)
        self.send_header("content-type", "text/csv")
        self.send_header("content-disposition", f'attachment; filename="{slot}-change-in-open-interest-{SESSION:%m-%d-%Y}.csv"')
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:sent])
        self.wfile.flush()
        if pause:
            self.site.closing.wait(pause)
        self.close_connection = True

    def _challenge(self) -> None:
        self._page("Just a moment", "<h1>One more step</h1><form id='challenge-form'><iframe src='/x'></iframe></form>")

    def _page(self, title: str, body: str, status: int = 200) -> None:
        email = USER if self._known() else ""
        page = (_HEAD.format(title=title, token=self.site.token(), email=email) + body + "</body></html>").encode()
        self.send_response(status)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.send_header("content-length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def _to(self, path: str, cookie: str = "") -> None:
        self.send_response(302)
        self.send_header("location", path)
        if cookie:
            self.send_header("set-cookie", f"sid={cookie}; HttpOnly; Path=/")
        self.send_header("content-length", "0")
        self.end_headers()
