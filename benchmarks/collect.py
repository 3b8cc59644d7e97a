"""What `make bench` and `make campaign` share: find the modules of a package that have `run`, print a table, write the JSON."""

import argparse
import importlib
import json
import pkgutil
import re
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


def asked(found: list[ModuleType], key: str, prog: str, about: str, words: list[str]) -> set[str]:
    """The goals or bars, as `key` says, that the words of a command name; none stands for all of them.

    --help and a name that no module covers end the process, the latter with a line on standard error and exit code 2.
    """
    covered = sorted({name for module in found for name in module.COVERS}, key=_by_number)
    lines_of = {module: ", ".join(sorted(module.COVERS, key=_by_number)) for module in found}
    width = max(len(names) for names in lines_of.values())
    listed = sorted(lines_of, key=lambda module: covered.index(lines_of[module].partition(",")[0]))
    there = "\n".join(f"  {lines_of[module]:<{width}}  {_first_line(module)}" for module in listed)
    example = f"python -m {prog} {','.join(covered[:3])}"
    told = f"example: {example}\n\n{key}s:\n{there}"
    lines = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser(f"python -m {prog}", description=about, epilog=told, formatter_class=lines)
    which = f"{key}s to run, with commas between; all without it"
    parser.add_argument("only", nargs="?", default="", metavar=key.upper(), help=which)
    only = {name for name in parser.parse_args(words).only.split(",") if name}
    unknown = ", ".join(sorted(only - set(covered)))
    if unknown:
        parser.exit(2, f"{parser.prog}: there is no {key} {unknown}; --help lists those there are\n")
    return only


def wanted(module: ModuleType, only: set[str]) -> bool:
    """Whether a module measures any of the goals or bars asked for; all of them when none is named."""
    return not only or bool(set(module.COVERS) & only)


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


def _by_number(name: str) -> tuple[str, int, str]:
    """R5, R5C, R12: letters first, then the number as a number."""
    letters, digits, rest = re.fullmatch(r"(\D*)(\d*)(.*)", name).groups()
    return letters, int(digits or 0), rest


def _first_line(module: ModuleType) -> str:
    return (module.__doc__ or "").partition("\n")[0]
