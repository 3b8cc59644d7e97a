"""Passwords of the logins: those of the settings, and made ones for the rest."""

import os
from concurrent.futures import ThreadPoolExecutor

from core.settings import LOGINS, load
from db import logins


def test_made_passwords_are_private_kept_and_different(tmp_path):
    settings = load(oiflow_home=tmp_path / "home")
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: logins.passwords(settings), range(8)))
    assert all(passwords == made[0] for passwords in made)
    assert len(set(made[0].values())) == len(LOGINS)
    assert os.stat(tmp_path / "home" / "logins.json").st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["logins.json"]


def test_a_password_of_the_settings_goes_before_the_made_one(tmp_path):
    made = logins.passwords(load(oiflow_home=tmp_path))
    given = logins.passwords(load(oiflow_home=tmp_path, ingest_password="given-by-the-operator"))
    assert given == made | {"ingest": "given-by-the-operator"}


def test_nothing_is_made_where_the_settings_give_all(tmp_path):
    given = {login: f"password-of-{login}-in-tests" for login in LOGINS}
    settings = load(oiflow_home=tmp_path / "home", **{f"{login}_password": word for login, word in given.items()})
    assert logins.passwords(settings) == given
    assert not (tmp_path / "home").exists()
