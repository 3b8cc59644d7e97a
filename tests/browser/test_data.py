"""The page Data with a real browser: an admin uploads a file, sees what became of it, and takes it out of view."""

import pytest
from selenium.webdriver.common.by import By

from ingest import jobs
from tests.browser.served import click, text, wait_for
from tests.ingest.importing import NOW, file
from usecases import audit, operations


def upload(browser, path):
    wait_for(lambda: browser.find_elements(By.CSS_SELECTOR, ".st-key-upload button"))[0].click()
    wait_for(lambda: browser.find_elements(By.CSS_SELECTOR, "input[type=file]"))[0].send_keys(str(path))
    wait_for(lambda: path.stem[:6] in text(browser))
    click(browser, "Import")
    wait_for(lambda: "waits for the collector" in text(browser))


def test_uploaded_file_is_handed_to_the_collector_and_becomes_a_session(served, browser, tmp_path):
    name, body = file()
    (tmp_path / name).write_bytes(body)
    served.sign_in(browser, served.emails["admin"], "/data")
    wait_for(lambda: "Nothing is stored yet" in text(browser))
    upload(browser, tmp_path / name)
    assert jobs.take_request(served.databases.ingest, served.databases.settings.oiflow_home, NOW)
    asked = operations.requests(served.databases.app_admin).iloc[0]
    assert (asked["state"], asked["answer"]["published"]) == ("done", 12)
    wait_for(lambda: "1 session stored" in text(browser))  # the page follows by itself
    assert audit.entries(served.databases.auth, "import_asked")["subject"].tolist() == [name]


@pytest.mark.parametrize("tier", ["free", "premium"])
def test_page_is_closed_to_who_is_no_admin(served, browser, tier):
    served.sign_in(browser, served.emails[tier], "/data")
    wait_for(lambda: "Data" in text(browser))
    assert "Upload" not in text(browser)
