"""The fixtures that other tests stand on."""

import pytest

from core.settings import LOGINS
from db.connect import connect


@pytest.mark.parametrize("login", LOGINS)
def test_every_login_enters_its_clone(databases, login):
    assert getattr(databases, login).value("ping") == 1


def test_settings_lead_to_the_clone_and_to_its_demo_twin(settings, databases, demo_databases):
    mine = connect(settings, "app_premium")
    assert mine.value("ping") == 1
    assert mine.url == databases.app_premium.url != demo_databases.app_premium.url
    mine.close()
