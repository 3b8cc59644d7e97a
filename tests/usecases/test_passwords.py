"""Which new passwords are refused, and that good ones are not."""

import bcrypt
import pytest

from usecases import passwords

GOOD = """
a walk along the quay
q8#kd0Zm!vL2pw
correct horse battery st
мой пароль длинный
パスワードは長い方が良い
xxx9f!b-vw20 zq
""".strip().splitlines()
BAD = [
    "short", "elevenchars", "x" * 73, "é" * 37, "aaaaaaaaaaaaaa", "abcabcabcabcabc", "1234567890123", "abcdefghijklmn",
    "qwertyuiopasdf", "Passw0rd!2026!!", "Sunshine2026!!", "P@ssword123456", " begins with a space", "ends with a space ",
    "Oiflow#8zkw93d", "trader-bob-12#x", "12345678-12345678", "nul\x00inside the word",
]  # fmt: skip


@pytest.mark.parametrize("password", GOOD)
def test_a_good_password_passes(password):
    assert passwords.fault(password, "bob@trader.example") is None


@pytest.mark.parametrize("password", BAD)
def test_a_bad_password_is_refused_with_a_reason(password):
    assert passwords.fault(password, "trader@bob-desk.test")


def test_an_endless_password_is_refused_before_it_is_looked_at():
    assert "bytes or fewer" in passwords.fault("a" + "1" * 1_000_000 + "a")


def test_every_common_password_is_refused_in_any_case():
    assert len([word for word in passwords.common() if len(word) >= passwords.LEAST_BYTES]) >= 1000
    assert all(passwords.fault(word) and passwords.fault(word.upper()) for word in passwords.common())


def test_every_byte_of_a_password_counts(monkeypatch):
    monkeypatch.setattr(passwords, "COST", 4)
    longest = "q8#kd0Zm!vL2pw~" * 4 + "0123456789zy"
    assert len(longest.encode()) == 72
    assert passwords.matches(longest, passwords.hashed(longest))
    assert not passwords.matches(longest[:-1], passwords.hashed(longest))


def test_the_cost_of_a_hash_is_twelve():
    assert passwords.COST >= 12
    assert passwords.decoy().startswith("$2b$12$")


def test_no_password_fits_the_decoy():
    assert not passwords.matches("", None)
    assert not passwords.matches("x" * 100, None)


def test_hashes_made_elsewhere_by_bcrypt_are_understood():
    assert passwords.matches("imported words", bcrypt.hashpw(b"imported words", bcrypt.gensalt(4)).decode())
