"""What `make bench` and `make campaign` share: find the modules of a package that have `run`, print a table, write the JSON."""

import importlib
import json
import pkgutil
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from core.settings import load

Row = dict[str, Any]


def modules(package: ModuleType) -> list[ModuleType]:
    """Modules of a package with a function `run`, by name. COVERS names the goals or bars of a module."""
    names = sorted(found.name for found in pkgutil.iter_modules(package.__path__) if not found.name.startswith("_"))
    made = (importlib.import_module(f"{package.__name__}.{name}") for name in names if name != "collect")
    return [module for module in made if callable(getattr(module, "run", None))]


def wanted(module: ModuleType, only: set[str]) -> bool:
    """Whether a module measures any of the goals or bars asked for; all of them when none is named."""
    covers = set(getattr(module, "COVERS", ()))
    return not only or not covers or bool(covers & only)


def measure(found: Iterable[ModuleType], only: set[str], key: str, run: Callable[[ModuleType], list[Row]]) -> list[Row]:
    """Run modules one after the other; the rows that were asked for."""
    rows: list[Row] = []
    for module in found:
        if wanted(module, only):
            started = time.monotonic()
            print(f"{module.__name__} ...", flush=True)
            rows += [row for row in run(module) if not only or row[key] in only]
            print(f"  {time.monotonic() - started:.0f} s", flush=True)
    return rows


def table(rows: list[Row], columns: tuple[str, ...]) -> str:
    """Rows as aligned text."""
    lines = [columns, *(tuple(_text(row.get(name)) for name in columns) for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(columns))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)


def report(rows: list[Row], columns: tuple[str, ...], name: str) -> int:
    """Print the table, write it under OIFLOW_HOME; exit code 1 when anything was missed or nothing was measured."""
    path: Path = load().oiflow_home / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(rows, indent=1, default=str) + "\n")
    missed = [row for row in rows if not row["met"]]
    print(f"\n{table(rows, columns)}\n\n{len(rows) - len(missed)} of {len(rows)} met. Written to {path}")
    return 0 if rows and not missed else 1


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "NO"
    return f"{value:.3g}" if isinstance(value, float) else str("" if value is None else value)
