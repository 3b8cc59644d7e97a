"""Addresses of servers, databases and logins; nothing is connected to."""

import pytest

from core.errors import DatabaseUnavailable
from core.settings import load
from db import address, logins

URL = "postgresql://operator:a%2Fb@[::1]:5433/market?sslmode=require"


def test_addresses_change_in_one_part_only():
    assert address.with_database(URL, "other") == "postgresql://operator:a%2Fb@[::1]:5433/other?sslmode=require"
    assert address.with_login(URL, "ingest", "p/w@1") == "postgresql://ingest:p%2Fw%401@[::1]:5433/market?sslmode=require"
    assert address.without_password(URL) == "postgresql://operator@[::1]:5433/market?sslmode=require"


def test_an_address_is_said_in_the_variables_that_libpq_reads():
    more = URL + "&application_name=my%20desk&connect_timeout=3&target_session_attrs=any"
    assert address.variables(more) == {
        "PGHOST": "::1",
        "PGPORT": "5433",
        "PGUSER": "operator",
        "PGPASSWORD": "a/b",
        "PGDATABASE": "market",
        "PGSSLMODE": "require",
        "PGAPPNAME": "my desk",
        "PGCONNECT_TIMEOUT": "3",
        "PGTARGETSESSIONATTRS": "any",
    }


def test_the_simulated_market_has_a_database_of_its_own():
    named = load(database_url="postgresql://localhost/my%20market")
    assert [address.database_name(named, demo) for demo in (False, True)] == ["my market", "my market_demo"]
    assert [address.database_name(load(database_url=""), demo) for demo in (False, True)] == ["oiflow", "oiflow_demo"]


def test_a_login_is_led_to_the_database_of_the_settings_with_its_password(tmp_path):
    settings = load(oiflow_home=tmp_path, database_url=URL)
    assert address.server_url(settings) == URL
    password = logins.passwords(settings)["ingest"]
    assert address.login_url(settings, "ingest", demo=True) == (
        f"postgresql://ingest:{password}@[::1]:5433/market_demo?sslmode=require"
    )


def test_an_embedded_server_that_was_never_started_has_no_address(tmp_path):
    settings = load(oiflow_home=tmp_path, database_url="")
    assert address.is_embedded(settings)
    with pytest.raises(DatabaseUnavailable, match="No database was started"):
        address.server_url(settings)
