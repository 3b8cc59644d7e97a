"""The container files: what R39, R40 and R45 ask for can be read off them."""

import json
import re
from pathlib import Path

import pytest
import yaml

from cli.up import SOCKET
from core.settings import LOGINS, Settings
from webapp.server import websocket

ROOT = Path(__file__).parent.parent
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
DOCKERFILES = ["Dockerfile.ingest", "Dockerfile.web"]
PINS = re.compile(r"^([A-Za-z0-9_.-]+)==(\S+)", re.M)


def test_pages_start_with_the_same_bounds_of_the_websocket_everywhere():
    (command,) = re.findall(r"^CMD (\[.*\])$", (ROOT / "Dockerfile.web").read_text().replace("\\\n", ""), re.M)
    words = json.loads(command)
    assert words[-len(SOCKET) :] == list(SOCKET)
    assert SOCKET[-1] == str(websocket.MOST)


def test_compose_has_every_part_of_the_product():
    assert {"postgres", "migrate", "collector", "worker", "web", "api", "proxy"} <= set(SERVICES)


@pytest.mark.parametrize("name", SERVICES)
def test_service_is_hardened(name):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert service["cpus"]
    assert service["pids_limit"]


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"migrate", "proxy-folder"}))
def test_service_that_stays_runs_as_nobody_special_and_has_a_health_check(name):
    service = SERVICES[name]
    image = service["image"]
    assert service.get("user", "0") != "0" or image.startswith("oiflow-")
    assert "test" in service.get("healthcheck", {}) or image.startswith("oiflow-")


def test_only_the_proxy_is_published():
    assert [name for name, service in SERVICES.items() if service.get("ports")] == ["proxy"]
    assert all(COMPOSE["networks"][name]["internal"] for name in ("inside", "front"))
    assert [name for name, service in SERVICES.items() if "edge" in service.get("networks", [])] == ["proxy"]


def test_only_the_proxy_may_say_who_a_visitor_is():
    address = SERVICES["proxy"]["networks"]["front"]["ipv4_address"]
    assert {SERVICES[name]["environment"]["FORWARDED_ALLOW_IPS"] for name in ("web", "api")} == {address}


def test_no_secret_stands_in_the_files():
    given = [(name, value) for service in SERVICES.values() for name, value in service.get("environment", {}).items()]
    secrets = [value for name, value in given if name.endswith("PASSWORD")]
    assert secrets
    assert all(re.fullmatch(r"\$\{[A-Z_]+:\?\}", value) for value in secrets)


@pytest.mark.parametrize(
    ("name", "logins"),
    [
        ("migrate", set(LOGINS)),
        ("collector", {"ingest"}),
        ("worker", {"worker", "auth"}),
        ("web", {"app_free", "app_premium", "app_admin", "auth"}),
        ("api", {"app_free", "app_premium", "app_admin", "auth"}),
    ],
)
def test_service_knows_only_the_logins_of_its_work(name, logins):
    environment = SERVICES[name]["environment"]
    assert {key.removesuffix("_PASSWORD").lower() for key in environment if key.endswith("_PASSWORD")} == logins


@pytest.mark.parametrize("name", ["migrate", "collector", "worker", "web", "api"])
def test_environment_names_only_settings(name):
    known = {setting.upper() for setting in Settings.model_fields} | {"FORWARDED_ALLOW_IPS"}
    assert set(SERVICES[name]["environment"]) <= known


def test_images_are_named_by_version():
    images = [service["image"] for service in SERVICES.values() if not service["image"].startswith("oiflow-")]
    assert all(re.search(r":\d", image) for image in images)


@pytest.mark.parametrize("name", DOCKERFILES)
def test_image_is_minimal_and_runs_as_nobody_special(name):
    lines = (ROOT / name).read_text()
    final = lines.split("FROM ${BASE}\n")[1]
    assert re.search(r"^USER 10001$", final, re.M)
    assert re.search(r"^HEALTHCHECK ", final, re.M)
    assert "-slim" in lines
    assert "--require-hashes" in lines
    assert "PASSWORD" not in lines


@pytest.mark.parametrize("name", DOCKERFILES)
def test_image_copies_every_layer_that_its_programs_import(name):
    copied = set(re.findall(r"^COPY (\w+) \1$", (ROOT / name).read_text(), re.M))
    wanted = {"core", "analytics", "db", "usecases"} | (
        {"ingest", "worker", "cli"} if name == "Dockerfile.ingest" else {"webapp", "api"}
    )
    assert copied == wanted


@pytest.mark.parametrize("lock", ["deploy/requirements-ingest.txt", "deploy/requirements-web.txt"])
def test_images_install_the_versions_that_are_tested(lock):
    tested = dict(PINS.findall((ROOT / "requirements.txt").read_text()))
    assert dict(PINS.findall((ROOT / lock).read_text())).items() <= tested.items()


def test_proxy_sends_the_headers_and_hides_what_is_internal():
    text = (ROOT / "deploy" / "Caddyfile").read_text()
    headers = (
        "Strict-Transport-Security",
        "X-Content-Type-Options",
        "Referrer-Policy",
        "Content-Security-Policy",
        "frame-ancestors",
    )
    assert not [name for name in headers if name not in text]
    assert {"/metrics", "/readyz", "/_stcore/metrics"} <= set(re.findall(r"@internal path (.*)", text)[0].split())


def test_every_package_of_the_lock_has_a_hash():
    for lock in ROOT.glob("**/requirements*.txt"):
        if ".venv" not in lock.parts:
            text = lock.read_text()
            assert text.count("==") <= text.count(" \\\n    --hash=sha256:"), lock.name
            assert "://" not in text, lock.name
