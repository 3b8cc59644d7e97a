"""The API: one shape of errors, the headers everywhere, health that tells the truth."""

import pytest
from starlette.testclient import TestClient

from api.app import HEADERS, create
from core.errors import DatabaseUnavailable, PlatformError


@pytest.fixture
def app(settings, databases):
    return create(settings.model_copy(update={"oiflow_demo": False}))


def asking(app, address="127.0.0.1"):
    """A client at an address, that asks the API by a name of its machine."""
    return TestClient(app, "http://localhost", raise_server_exceptions=False, client=(address, 50000))


@pytest.fixture
def client(app):
    return asking(app)


def test_status_says_what_the_product_is(client):
    answer = client.get("/api/v1/status").json()
    assert answer["product"] == "OI Flow"
    assert answer["ready"] is True
    assert answer["simulated"] is False


def test_definitions_explain_every_column_without_a_sign_in(client):
    answer = client.get("/api/v1/definitions").json()
    assert {"open_interest", "oi_change", "as_of"} <= {entry["name"] for entry in answer}
    assert all(entry["meaning"] for entry in answer)


@pytest.mark.parametrize(("path", "code", "status"), [("/nothing", "not_found", 404), ("/api/v1/nothing", "not_found", 404)])
def test_error_has_the_one_shape(client, path, code, status):
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == code
    assert len(answer.json()["error"]["id"]) == 8


def test_wrong_method_keeps_its_header(client):
    answer = client.post("/api/v1/status")
    assert (answer.status_code, answer.json()["error"]["code"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "GET"


def failing(app, error):
    def fails():
        raise error

    app.add_api_route("/fails", fails)


def test_error_of_the_product_keeps_its_code_and_words(app, client):
    failing(app, DatabaseUnavailable())
    answer = client.get("/fails")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json()["error"]["code"] == "database_unavailable"


def test_unexpected_error_tells_nothing_but_an_id(app, client):
    failing(app, RuntimeError("postgresql://owner:secret@10.0.0.1/oiflow"))
    answer = client.get("/fails")
    assert answer.status_code == 500
    assert answer.json()["error"]["message"] == str(PlatformError())
    assert "secret" not in answer.text


@pytest.mark.parametrize("path", ["/api/v1/status", "/healthz", "/readyz", "/metrics", "/nothing", "/api/openapi.json"])
def test_every_answer_has_the_headers(client, path):
    answer = client.get(path)
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS


@pytest.mark.parametrize("path", ["/api/v1/status", "/healthz", "/metrics", "/nothing", "/api/openapi.json"])
def test_another_name_for_this_machine_gets_nothing(client, path):
    answer = client.get(path, headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == "This is not the address of this site."
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS


def test_metrics_are_for_this_machine_only(app, client):
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 404
    assert asking(app, "203.0.113.9").get("/metrics").status_code == 404


def test_ready_is_refused_without_a_database_and_names_no_place_to_strangers(settings, tmp_path):
    app = create(settings.model_copy(update={"oiflow_home": tmp_path / "none", "database_url": type(settings.database_url)("")}))
    answer = asking(app, "203.0.113.9").get("/readyz")
    assert (answer.status_code, answer.json()["faults"]) == (503, {"database": ""})


def test_no_page_of_the_framework_is_open(client):
    assert [client.get(path).status_code for path in ("/docs", "/redoc", "/openapi.json")] == [404, 404, 404]
