"""A page as text without what is secret in it: known secrets in any spelling, e-mails, tokens, fields, scripts."""

import html
import re
from collections.abc import Iterable
from html.parser import HTMLParser

from ingest.providers.masking import HIDDEN, masked

_EMAIL = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_KEYS = r"token|csrf|xsrf|session|sess|sid|auth|authorization|api_?key|secret|signature|nonce|ticket|password|passwd|pwd|cookie"
_PAIR = re.compile(rf"(?i)(?<![\w.-])([\w.-]{{0,64}}(?:{_KEYS})[\w.-]{{0,16}}\s?[=:]\s?[\"']?)[^&\s\"'<>;,]+")
_KEY = re.compile(rf"(?i)(?:{_KEYS})")
_TOKEN = re.compile(
    r"eyJ[\w-]+\.[\w-]+\.[\w-]*|(?<![\w-])(?=[\w.-]{0,200}\d)(?=[\w.-]{0,200}[A-Za-z])[A-Za-z0-9_-]{24,}(?:\.[A-Za-z0-9_-]+)*"
)
_STRAY = re.compile(r"<(?![a-zA-Z/!?])")  # begins no tag, and the parser takes its time over many of them
MOST_CHARACTERS = 2 << 20
_HALF_A_SECRET = 1000  # characters before the cut, where one may have lost its end
_PLAIN_FIELDS = {"submit", "button", "checkbox", "radio", "image", "reset"}
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_NAMES = {"class", "id", "name", "for"}  # what selectors are made of; long ones are no tokens
_SILENT = {"script", "textarea", "noscript", "style"}


def masked_text(text: str, secrets: Iterable[str] = (), tokens: bool = True) -> str:
    """Text without these secrets and without e-mails, values that are named as secret and, if wished, long tokens."""
    text = masked(text, secrets)
    text = _EMAIL.sub(f"{HIDDEN}@{HIDDEN}", text)
    text = _PAIR.sub(rf"\g<1>{HIDDEN}", text)
    return _TOKEN.sub(HIDDEN, text) if tokens else text


def masked_page(page: str, secrets: Iterable[str] = ()) -> str:
    """HTML with its structure kept, so that selectors can be mended by it, and every secret masked."""
    masker = _Masker(tuple(secrets))
    masker.feed(_STRAY.sub("&lt;", page[:MOST_CHARACTERS]))
    masker.close()
    masked = "".join(masker.parts)
    return masked if len(page) <= MOST_CHARACTERS else masked[:-_HALF_A_SECRET]


class _Masker(HTMLParser):
    """Writes a page anew. Scripts and comments are left out: what they hold is data, and nobody mends a selector by it."""

    def __init__(self, secrets: tuple[str, ...]):
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._secrets = secrets
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Write the tag with its attributes masked."""
        known = {name: value or "" for name, value in attrs}
        self.parts.append(f"<{tag}{''.join(self._attribute(tag, known, *attr) for attr in attrs)}>")
        if tag in _SILENT:
            self._silent.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Write a tag that closes itself."""
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """Write the end of an element."""
        if tag in self._silent:
            self._silent.remove(tag)
        if tag not in _VOID:
            self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        """Write text, masked."""
        if not self._silent:
            self.parts.append(html.escape(masked_text(data, self._secrets), quote=False))

    def handle_decl(self, decl: str) -> None:
        """Write the document's type."""
        self.parts.append(f"<!{decl}>")

    def _attribute(self, tag: str, known: dict[str, str], name: str, value: str | None) -> str:
        if value is None:
            return f" {name}"
        hidden = (
            (tag == "input" and name == "value" and known.get("type", "text").lower() not in _PLAIN_FIELDS)
            or (tag == "meta" and name == "content" and _KEY.search(" ".join((known.get("name", ""), known.get("property", "")))))
            or _KEY.search(name)
            or name == "srcdoc"
            or name.startswith("on")
        )
        shown = HIDDEN if hidden and value else masked_text(value, self._secrets, tokens=name not in _NAMES)
        return f' {name}="{html.escape(shown)}"'
