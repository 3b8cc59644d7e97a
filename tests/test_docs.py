"""Documents that cannot lie: what they name exists, and what exists is named."""

import ast
import re
from pathlib import Path

import pytest
from typer.main import get_command

from cli import app
from core.errors import PlatformError
from core.reasons import Reason
from core.settings import Settings
from scripts import reference

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
TEXTS = {".py", ".md", ".sql", ".txt", ".js", ".toml", ".yaml"}
MAKE = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))


def env_lines():
    return [line.partition("=") for line in (ROOT / ".env.example").read_text().splitlines() if "=" in line and line[0] != "#"]


def test_env_example_names_exactly_the_settings():
    assert [name for name, _, _ in env_lines()] == [name.upper() for name in Settings.model_fields]


def test_env_example_shows_the_defaults(monkeypatch):
    for name in Settings.model_fields:  # what this machine sets is no default
        monkeypatch.delenv(name.upper(), raising=False)
    shown = Settings.model_validate({name.lower(): value for name, _, value in env_lines() if value})
    assert shown == Settings(_env_file=None)


def test_every_setting_says_what_it_is_for():
    assert not [name for name, field in Settings.model_fields.items() if not field.description]


def test_reference_is_what_the_code_says():
    assert (ROOT / "docs" / "reference.md").read_text() == reference.page(), "Type: .venv/bin/python scripts/reference.py"


def test_every_command_has_an_example():
    assert not [name for name, words in reference.commands() if "Example:" not in words]


def test_no_summary_of_a_command_is_cut():
    assert not [name for name, words in reference.commands() if len(words.split(" Example:")[0]) > 60]


def all_errors(parent=PlatformError):
    return [parent, *(error for child in parent.__subclasses__() for error in all_errors(child))]


def test_error_codes_are_unique_and_belong_to_the_one_tree():
    ours = [error for error in all_errors() if error.__module__ == PlatformError.__module__]
    assert len({error.code for error in ours}) == len(ours)
    tree = ast.get_docstring(ast.parse((ROOT / "core" / "errors.py").read_text())) or ""
    assert not [error.__name__ for error in ours if error.__name__ not in tree]


def refusals():
    """First argument of every RefusedPayload raised in ingest."""
    calls = (
        node
        for path in (ROOT / "ingest").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
    )
    named = (call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "RefusedPayload" and call.args)
    return {call.args[0].value for call in named if isinstance(call.args[0], ast.Constant)}


def test_every_reason_of_a_refusal_is_explained():
    text = (ROOT / "docs" / "errors.md").read_text()
    assert not [reason for reason in sorted(refusals()) if f"`{reason}`" not in text]


def test_every_reason_of_a_row_is_explained():
    text = (ROOT / "docs" / "errors.md").read_text()
    assert not [reason.name for reason in Reason if f"`{reason.name.lower()}`" not in text]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_in_documents_exist(document):
    text = document.read_text()
    assert set(re.findall(r"`make ([a-z]+)", text)) | set(re.findall(r"^make ([a-z]+)", text, re.M)) <= MAKE
    commands = get_command(app).commands
    assert set(re.findall(r"(?:`|^)oiflow ([a-z]+)", text, re.M)) <= set(commands)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_in_documents_lead_somewhere(document):
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", document.read_text())
    assert not [link for link in links if not (document.parent / link).exists()]


def texts():
    """Every text file of the product, tests left out."""
    folders = ("core", "analytics", "db", "usecases", "ingest", "webapp", "api", "worker", "cli", "docs", "deploy", "scripts")
    inner = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in TEXTS]
    return [
        *inner,
        *(path for path in ROOT.glob("*") if path.suffix in TEXTS or path.name.startswith(("Makefile", "Dockerfile"))),
    ]


def test_no_file_of_the_product_names_a_place_on_this_machine():
    place = re.compile(r"(?<![\w.])/(home|Users|root|work)/[a-z]")
    assert not [path.name for path in texts() if place.search(path.read_text())]


def test_nothing_is_left_for_later_and_nothing_is_skipped():
    words = re.compile(r"\b(TODO|FIXME|XXX|pytest\.(skip|xfail|importorskip)|mark\.(skip|skipif|xfail))\b")
    files = [path for path in ROOT.rglob("*.py") if not {".venv", "var", "test_docs.py"} & set(path.parts)]
    assert not [str(path.relative_to(ROOT)) for path in files if words.search(path.read_text())]
