"""Settings that are wrong are refused, all faults at once, and without the values."""

import pytest

from core.errors import SettingsError
from core.settings import LOGINS, load

SECRET = "canary-0123456789abcdef"
BAD = [  # the environment, and the names that the refusal has to hold
    ({"AUTH_PASSWORD": "short"}, ["AUTH_PASSWORD"]),
    ({"AUTH_PASSWORD": "changemechangeme"}, ["AUTH_PASSWORD"]),
    ({"AUTH_PASSWORD": "abcdefgabcdefgabcdefg"}, ["AUTH_PASSWORD"]),
    ({"AUTH_PASSWORD": "oiflow-password-11111"}, ["AUTH_PASSWORD"]),
    ({"OWNER_PASSWORD": "password", "INGEST_PASSWORD": "postgres"}, ["OWNER_PASSWORD", "INGEST_PASSWORD"]),
    ({"AUTH_PASSWORD": SECRET, "OWNER_PASSWORD": SECRET}, ["share one password"]),
    ({"DATABASE_URL": f"mysql://root:{SECRET}@db/x"}, ["DATABASE_URL"]),
    ({"PUBLIC_URL": "ftp://site.test"}, ["PUBLIC_URL"]),
    ({"WEB_PORT": "0"}, ["WEB_PORT"]),
    ({"WEB_PORT": "many", "API_PORT": "99999"}, ["WEB_PORT", "API_PORT"]),
    ({"WEB_PORT": "8000"}, ["WEB_PORT and API_PORT"]),
    ({"BIND_ADDRESS": "192.0.2.1"}, ["BIND_ADDRESS"]),
    ({"LOG_LEVEL": "LOUD", "SIGNUP": "everybody", "AUTH_PASSWORD": "short"}, ["LOG_LEVEL", "SIGNUP", "AUTH_PASSWORD"]),
    ({"RECHECK_SECONDS": "600", "RAW_BUDGET_GB": "-1", "BIND_ADDRESS": "192.0.2.1"},
     ["RECHECK_SECONDS", "RAW_BUDGET_GB", "BIND_ADDRESS"]),
    ({"BARCHART_URL": "http://www.barchart.com", "SELENIUM_URL": f"grid:{SECRET}@grid.test"}, ["BARCHART_URL", "SELENIUM_URL"]),
    ({"BARCHART_URL": f"https://u:{SECRET}@site.test", "AUTH_PASSWORD": "short"}, ["BARCHART_URL", "AUTH_PASSWORD"]),
    ({"SOURCE_BARCHART_RIGHTS": "maybe", "OIFLOW_DEMO": "perhaps"}, ["SOURCE_BARCHART_RIGHTS", "OIFLOW_DEMO"]),
]  # fmt: skip


@pytest.mark.parametrize(("given", "named"), BAD, ids=[" ".join(given) for given, _ in BAD])
def test_a_bad_configuration_is_refused_with_every_fault_and_no_value(monkeypatch, given, named):
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        load()
    assert [name for name in named if name not in str(refused.value)] == []
    assert SECRET not in str(refused.value)


def test_settings_printed_hold_no_secret():
    given = {f"{login}_password": f"{SECRET}-{login}" for login in LOGINS}
    given |= {"barchart_user": SECRET, "barchart_password": SECRET, "selenium_url": f"https://x:{SECRET}@grid.test"}
    loaded = load(database_url=f"postgresql://x:{SECRET}@db/x", **given)
    assert SECRET not in f"{loaded} {loaded!r} {loaded.model_dump()}"


@pytest.mark.parametrize(
    "address",
    [
        "https://", "https://[", "https://[::1", "https://u:p@h", "https://u@h", "https://h/x", "https://h/x?y", "https://h?",
        "https://h#",
        "https://h\r\nX: y", "https://h\n", "\thttps://h", "https://h h", "https://h:99999", "https://h:0", "https://h:port",
        "https://h:-1", "https://h\\x", "https://h%0d", "https://-h", "https://a..b", "https://h_h", "https://999.1.1.1", "https://[h]",
        "https:h", "https:/h", "//h", "h", "flow.example.com", "ftp://h", "javascript://h", "https://höst", "https://[fe80::1%eth0]",
    ],
)  # fmt: skip
def test_a_public_url_that_leaves_doubt_is_refused(address):
    with pytest.raises(SettingsError, match="PUBLIC_URL has to be http:// or https:// and a host"):
        load(public_url=address)


@pytest.mark.parametrize(
    ("address", "stored"),
    [
        ("HTTPS://h", "https://h"), ("hTTp://Flow.Example.COM/", "http://flow.example.com"), ("https://h:443/", "https://h"),
        ("http://h:443", "http://h:443"), ("https://h:8443", "https://h:8443"), ("https://h:", "https://h"),
        ("http://127.0.0.1:8501", "http://127.0.0.1:8501"), ("https://[2001:DB8::1]:8443", "https://[2001:db8::1]:8443"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_public_url_is_stored_in_one_form(address, stored):
    loaded = load(public_url=address)
    assert loaded.public_url == stored
    assert loaded.https == stored.startswith("https:")


@pytest.mark.parametrize(
    ("given", "alone"),
    [({}, True), ({"public_url": "http://localhost:8501"}, True), ({"public_url": "https://h"}, False),
     ({"public_url": "HTTPS://h", "bind_address": "192.0.2.1"}, False)],
)  # fmt: skip
def test_demo_accounts_need_pages_that_this_machine_alone_reaches(given, alone):
    assert load(**given).loopback_only is alone
