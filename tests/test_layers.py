"""The architecture as a test: who may import whom, and who may import which library."""

import ast
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CONNECTING = {"db.database", "db.connect"}  # a face may connect; what it asks is a use case
ALLOWED = {
    "core": set(),
    "analytics": {"core"},
    "db": {"core"},
    "usecases": {"core", "analytics", "db"},
    "ingest": {"core", "analytics", "db"},
    "webapp": {"core", "usecases", *CONNECTING},
    "api": {"core", "usecases", *CONNECTING},
    "worker": {"core", "usecases", *CONNECTING},
    "cli": {"core", "usecases", "db", "ingest"},  # it loads once, and starts what services do
}
LIBRARIES = {
    "psycopg2": {"db"},
    "psycopg": {"db"},
    "psycopg_pool": {"db"},
    "sqlalchemy": set(),
    "streamlit": {"webapp"},
    "streamlit_authenticator": {"webapp"},
    "streamlit_bokeh": {"webapp"},
    "bokeh": {"webapp"},
    "holoviews": {"webapp"},
    "fastapi": {"api"},
    "typer": {"cli"},
    "apscheduler": {"ingest"},
    "polars": {"ingest"},
    "selenium": {"ingest"},
    "httpx": {"ingest"},
    "httpcore": {"ingest"},
    "requests": {"ingest"},
    "urllib3": {"ingest"},
    "curl_cffi": {"ingest"},
    "tenacity": {"ingest"},
    "pyrate_limiter": {"db", "ingest"},
    "ccxt": {"ingest"},
    "massive": {"ingest"},
    "schwab": {"ingest"},
    "yfinance": {"ingest"},
}
CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time")}


def sources(layer: str) -> list[Path]:
    return sorted((ROOT / layer).rglob("*.py"))


@cache
def imported(path: Path) -> set[str]:
    """Full names that a file imports, `from a import b` as a.b where that is a module."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inside = ROOT / node.module.replace(".", "/")
                is_module = (inside / f"{alias.name}.py").exists() or (inside / alias.name / "__init__.py").exists()
                found.add(f"{node.module}.{alias.name}" if is_module else node.module)
    return found


def may_import(layer: str, name: str) -> bool:
    top = name.partition(".")[0]
    if top not in ALLOWED or top == layer:
        return True
    return any(name == allowed or name.startswith(allowed + ".") for allowed in ALLOWED[layer])


@pytest.mark.parametrize("layer", ALLOWED)
def test_layer_imports_only_what_is_below_it(layer):
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sources(layer)
        for name in imported(path)
        if not may_import(layer, name)
    ]
    assert not wrong


def test_parts_of_the_collector_import_in_one_direction():
    inside: dict[str, set[str]] = {}
    for path in sources("ingest"):
        part = path.relative_to(ROOT / "ingest").parts[0].removesuffix(".py")
        others = {name.split(".")[1] for name in imported(path) if name.startswith("ingest.")}
        inside.setdefault(part, set()).update(others - {part})
    TopologicalSorter(inside).prepare()  # or CycleError, which names the ring


@pytest.mark.parametrize("library", LIBRARIES)
def test_library_is_imported_by_its_layer_alone(library):
    others = [layer for layer in ALLOWED if layer not in LIBRARIES[library]]
    wrong = [str(path.relative_to(ROOT)) for layer in others for path in sources(layer) if _uses(path, library)]
    assert not wrong


def _uses(path: Path, library: str) -> bool:
    return any(name.partition(".")[0] == library for name in imported(path))


def test_every_package_of_the_product_has_a_place_in_the_rule():
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks"}
    assert packages == set(ALLOWED)


def test_no_module_of_the_pages_carries_the_name_of_a_library():
    """Streamlit puts webapp/ first on the path."""
    names = {path.stem for path in (ROOT / "webapp").glob("*.py")} | {
        path.name for path in (ROOT / "webapp").iterdir() if path.is_dir()
    }
    assert not names & set(LIBRARIES)


@pytest.mark.parametrize("layer", ["core", "analytics", "db", "usecases", "ingest"])
def test_only_entry_points_know_what_time_it_is(layer):
    entries = {"core/clock.py", "ingest/schedule.py"}
    wrong = [
        str(path.relative_to(ROOT))
        for path in sources(layer)
        if str(path.relative_to(ROOT)) not in entries and _reads_clock(path)
    ]
    assert not wrong


def _reads_clock(path: Path) -> bool:
    calls = [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    named = [call for call in calls if isinstance(call, ast.Attribute) and isinstance(call.value, ast.Name)]
    return any((call.value.id, call.attr) in CLOCKS for call in named)


def test_only_settings_read_the_environment():
    wrong = [str(path.relative_to(ROOT)) for layer in ("core", "analytics", "db", "usecases", "ingest", "webapp", "api", "worker")
             for path in sources(layer) if "os.environ" in path.read_text() or "os.getenv" in path.read_text()]  # fmt: skip
    assert set(wrong) <= {"db/binaries.py"}  # it hands PATH to PostgreSQL's programs


def test_module_holds_one_idea():
    folders = (*ALLOWED, "tests", "benchmarks", "scripts")
    lines = {path: len(path.read_text().splitlines()) for folder in folders for path in sources(folder)}
    assert not [
        f"{path.relative_to(ROOT)}: {count}"
        for path, count in lines.items()
        if count > (40 if path.parent.name == "pages" else 300)
    ]


def long_functions(tree: ast.AST, most: int, start: str = "") -> list[tuple[str, int]]:
    """Name and lines of each function with more than `most` lines, decorators not counted."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    lines = [(node.name, (node.end_lineno or 0) - node.lineno + 1) for node in functions if node.name.startswith(start)]
    return [(name, count) for name, count in lines if count > most]


def test_a_function_over_its_lines_is_noticed():
    tree = ast.parse("class A:\n    async def ask():\n" + "        pass\n" * 3)
    assert (long_functions(tree, 3), long_functions(tree, 4)) == ([("ask", 4)], [])


def test_function_of_the_product_holds_one_idea():
    paths = [path for layer in ALLOWED for path in sources(layer)]
    assert not [(str(path.relative_to(ROOT)), *found) for path in paths for found in long_functions(_tree(path), 30)]


def test_test_holds_one_idea():
    paths = sources("tests")
    assert not [(str(path.relative_to(ROOT)), *found) for path in paths for found in long_functions(_tree(path), 15, "test_")]


def _tree(path: Path) -> ast.AST:
    return ast.parse(path.read_text())


def test_sql_lives_in_the_database_layer():
    words = ("SELECT ", "INSERT INTO ", "UPDATE ", "DELETE FROM ")
    wrong = [f"{path.relative_to(ROOT)}: {text[:60]}" for layer in ALLOWED if layer != "db" for path in sources(layer)
             for text in _texts(path) if text.lstrip().startswith(words)]  # fmt: skip
    assert not wrong


def _texts(path: Path) -> list[str]:
    return [
        node.value
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
