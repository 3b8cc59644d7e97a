"""Rules for new passwords, and their bcrypt hashes. The list of common ones ships beside this file."""

import re
import secrets
from functools import lru_cache
from pathlib import Path

import bcrypt

from core.errors import BadPassword

LEAST_BYTES, MOST_BYTES, COST = 12, 72, 12
RULES = f"{LEAST_BYTES} to {MOST_BYTES} bytes, any characters; not a common one, not your e-mail, not a pattern."
_COMMON = Path(__file__).with_name("common_passwords.txt")
_LOOKALIKES = str.maketrans("0134578@$!", "oleastbasi")
_RUNS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "azertyuiop")
_OUR_NAMES = ("oiflow", "openinterest")


@lru_cache(maxsize=1)
def common() -> frozenset[str]:
    """Common passwords, lower case; the short ones also serve as words that padding does not save."""
    return frozenset(_COMMON.read_text(encoding="utf-8").split())


@lru_cache(maxsize=1)
def _folded_common() -> frozenset[str]:
    return frozenset(word.translate(_LOOKALIKES) for word in common())


def _pieces_of_runs(text: str) -> bool:
    """Whether the text is nothing but runs of four or more along the alphabet, the digits or a keyboard row."""
    runs = [*_RUNS, *(run[::-1] for run in _RUNS)]
    at = 0
    while at < len(text):
        length = max(next((n for n in range(len(text) - at, 0, -1) if text[at : at + n] in run), 0) for run in runs)
        if length < 4:
            return False
        at += length
    return bool(text)


def fault(password: str, email: str = "") -> str | None:
    """Why a password cannot be used, in words; None when it can."""
    size, low = len(password.encode()), password.lower()
    if size < LEAST_BYTES:
        return f"Use {LEAST_BYTES} characters or more."
    if size > MOST_BYTES:
        return f"Use {MOST_BYTES} bytes or fewer: {size} were typed."
    core = re.sub(r"^[^a-z]+|[^a-z]+$", "", low)  # without the digits and signs that pad a word
    letters = re.sub(r"[^a-z]", "", core.translate(_LOOKALIKES))
    plain = re.sub(r"[^a-z]", "", low)
    name, _, domain = email.lower().partition("@")
    if password != password.strip() or "\x00" in password:
        return "A password does not begin or end with a space."
    if len(set(low)) < 5 or re.fullmatch(r"(.{1,6}?)\1+.{0,3}", low, re.S):
        return "This repeats itself. Use something less regular."
    if _pieces_of_runs(low) or _pieces_of_runs(re.sub(r"[^a-z0-9]", "", low)):
        return "This is a row of the alphabet, the digits or the keyboard."
    if low in common() or low.translate(_LOOKALIKES) in _folded_common() or letters in _folded_common() or plain in common():
        return "This is one of the most common passwords."
    if any(part and len(part) >= 4 and part in low for part in (name, domain.partition(".")[0], *_OUR_NAMES)):
        return "A password does not hold your e-mail or the name of this product."
    return None


def check(password: str, email: str = "") -> None:
    """Raise BadPassword with the reason when a new password breaks a rule."""
    if reason := fault(password, email):
        raise BadPassword(reason)


def hashed(password: str) -> str:
    """bcrypt hash of a password that passed `check`; about a third of a second on purpose."""
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(COST)).decode()


@lru_cache(maxsize=1)
def decoy() -> str:
    """The hash that stands for every name without one: no password fits, and checking costs the same."""
    return hashed(secrets.token_urlsafe(40))


def matches(password: str, password_hash: str | None) -> bool:
    """Exactly one bcrypt check, whatever is known of the account; False for what bcrypt cannot take."""
    try:
        return bcrypt.checkpw(password.encode(), (password_hash or decoy()).encode()) and password_hash is not None
    except ValueError:  # longer than 72 bytes
        return False
