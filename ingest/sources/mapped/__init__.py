"""Files that no module knows, read by mappings: those that ship with the product, and the operator's own.

    mappings = shelf(home)                       # ingest/mappings/*.toml and OIFLOW_HOME/mappings/*.toml
    payloads = mappings.parse(raw)               # recognised by content; parse(raw, "acme") reads it as of that one

docs/mappings.md tells how to write one.
"""

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import structlog

from core.errors import BadMapping, RefusedPayload
from core.sources import ABOUT
from ingest.sources import Payload, Raw, refuse_page
from ingest.sources.mapped import chains, days, figures, records, tables
from ingest.sources.mapped.extract import Extract, unplaced
from ingest.sources.mapped.faults import read_mapping
from ingest.sources.mapped.spec import Mapping

log = structlog.get_logger()
SHIPPED = Path(__file__).parents[2] / "mappings"
_ENOUGH = 0.6
"""A payload that has this share of what a mapping asks for is named in the refusal."""
_LOOKED_AT, _MOST = 50, 0.5
"""Of so many first rows this share has to hold a word by which a mapping is recognised."""


class Opened:
    """A payload whose header or document is read once, whatever many mappings ask."""

    def __init__(self, raw: Raw):
        self.raw, self.content = raw, raw.content
        start = self.content[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
        self.is_json = start.startswith((b"{", b"["))
        self._headers: dict[str, tuple[str, ...]] = {}
        self._document: list[Any] = []

    def header(self, separator: str) -> tuple[str, ...]:
        """The names of the table's columns."""
        if separator not in self._headers:
            self._headers[separator] = tables.header(self.content, separator)
        return self._headers[separator]

    @property
    def document(self) -> Any:
        """The JSON document. Refused: `not_json`."""
        if not self._document:
            self._document.append(records.document(self.content))
        return self._document[0]


@dataclass(frozen=True)
class Mappings:
    """Mappings by name; `broken`: those that cannot be used, and why; `own`: names of the operator's, usable or not."""

    known: dict[str, Mapping]
    broken: dict[str, str] = field(default_factory=dict)
    own: tuple[str, ...] = ()

    @property
    def own_words(self) -> str:
        """Where the operator's own are looked for, and which are there."""
        return f"Own mappings are read from OIFLOW_HOME/mappings/; {', '.join(self.own) or 'none'} found there."

    def __contains__(self, name: str) -> bool:
        return name in self.known or name in self.broken

    def parse(self, raw: Raw, name: str | None = None) -> list[Payload]:
        """The payloads of a file, as of one mapping or of the one that fits best. Refused: see docs/errors.md."""
        opened = Opened(raw)
        if not opened.content.strip():
            raise RefusedPayload("empty_file", "The file is empty.")
        refuse_page(opened.content)
        if name in self.broken:
            raise RefusedPayload("bad_mapping", self.broken[name])
        return parse(self.known[name] if name else self._best(opened), opened)

    def _best(self, opened: Opened) -> Mapping:
        """The mapping all of whose marks are there, and most of them. Refused: `not_recognised`, `ambiguous_mapping`."""
        marks = {name: _marks(mapping, opened) for name, mapping in self.known.items()}
        fits = {name: found for name, (found, missing) in marks.items() if found and not missing and self._where(name, opened)}
        if not fits:
            raise RefusedPayload("not_recognised", self._nearest(marks))
        best = [name for name, found in fits.items() if found == max(fits.values())]
        if len(best) > 1:
            raise RefusedPayload("ambiguous_mapping", f"{', '.join(best)} fit equally well: choose one with --source.")
        return self.known[best[0]]

    def _where(self, name: str, opened: Opened) -> bool:
        """Whether most of the first rows hold the words that the mapping asks for."""
        mapping = self.known[name]
        if mapping.is_json or not mapping.recognise.where:
            return True
        head = b"\n".join(opened.content.split(b"\n", _LOOKED_AT + 1)[: _LOOKED_AT + 1]) + b"\n"
        try:
            cells = tables.extract(mapping, head, {}).cells
        except RefusedPayload:
            return True  # whoever reads it whole says why
        words = mapping.recognise.where.items()
        return all((cells[f"column:{column}"] == word).sum() > _MOST * len(cells) for column, word in words)

    def _nearest(self, marks: dict[str, tuple[int, list[str]]]) -> str:
        words = "No source and no mapping knows this kind of file."
        near = {name: found / (found + len(missing)) for name, (found, missing) in marks.items() if found}
        if near and near[name := max(near, key=near.__getitem__)] >= _ENOUGH and marks[name][1]:
            words += f" It is nearest to {name}, but lacks {', '.join(marks[name][1])}."
        if self.broken:
            words += f" Not asked, because they have faults: {', '.join(sorted(self.broken))}; see `oiflow mapping check`."
        return f"{words} {self.own_words}"


def parse(mapping: Mapping, opened: Opened) -> list[Payload]:
    """The payloads of an opened file, as of one mapping."""
    if mapping.not_stored:
        raise RefusedPayload("not_stored", f"{mapping.label}: {mapping.not_stored}")
    extract = read(mapping, opened)
    frame = figures.read(mapping, extract, opened.raw.received_at)
    return (chains if mapping.holds == "chains" else days).payloads(mapping, extract, frame)


def read(mapping: Mapping, opened: Opened) -> Extract:
    """What stands in a file, by the places that the mapping names. Refused: `path_unknown`, `not_json`, and others."""
    found = {}
    if mapping.recognise.path:
        match = re.search(mapping.recognise.path, f"{opened.raw.folder}/{opened.raw.file_name}")
        if match is None:
            raise unplaced(mapping)
        found = {name: value for name, value in match.groupdict().items() if value is not None}
    if mapping.is_json:
        return records.extract(mapping, opened.document, found)
    return tables.extract(mapping, opened.content, found)


def _marks(mapping: Mapping, opened: Opened) -> tuple[int, list[str]]:
    """(how many of the mapping's marks the file has, those that it lacks)."""
    if mapping.is_json != opened.is_json:
        return 0, []
    if not mapping.is_json:
        there: Any = opened.header(mapping.rows.separator)
        asked = list(mapping.recognise.columns)
    else:
        whole = opened.document
        first = records.first(mapping, whole) if mapping.rows.records else {}
        there = {*(whole if isinstance(whole, dict) else ()), *(f"[].{key}" for key in first)}
        asked = [*mapping.recognise.keys, *(f"[].{key}" for key in mapping.recognise.record_keys)]
    missing = [name.removeprefix("[].") for name in asked if name not in there]
    return len(asked) - len(missing), missing


def shelf(home: Path) -> Mappings:
    """The mappings that ship, and the operator's own, which take the place of shipped ones of the same name."""
    own, broken = _in_folder(home / "mappings")
    theirs = tuple(sorted({*own, *broken}))
    shipped = _shipped()
    known = {name: mapping for name, mapping in (shipped | own).items() if name not in broken}
    strangers = {name for name, mapping in known.items() if mapping.source and mapping.source not in known}
    broken |= {name: f"source: there is no mapping {known[name].source!r}." for name in strangers}
    for name, why in broken.items():
        log.warning("mapping_has_faults", mapping=name, faults=why)
    return Mappings({name: _of_source(mapping, known) for name, mapping in known.items() if name not in broken}, broken, theirs)


@cache
def _shipped() -> dict[str, Mapping]:
    known, broken = _in_folder(SHIPPED)
    if broken:
        raise BadMapping("; ".join(f"{name}: {why}" for name, why in broken.items()))
    return known


def _in_folder(folder: Path) -> tuple[dict[str, Mapping], dict[str, str]]:
    """Mappings of a folder by name, and the faults of those that have some."""
    known, broken = {}, {}
    for path in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
        try:
            known[path.stem] = read_file(path)
        except BadMapping as bad:
            broken[path.stem] = str(bad)
    return known, broken


def read_file(path: Path) -> Mapping:
    """The mapping in a file; BadMapping with every fault of it."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadMapping(f"{path.name} cannot be read: {error}.") from error
    if path.stem in ABOUT:
        raise BadMapping(f"{path.stem} is the name of a source that the product has: give the file another.")
    return read_mapping(path.stem, text)


def _of_source(mapping: Mapping, known: dict[str, Mapping]) -> Mapping:
    """A mapping that fills the slots of another's source tells of it what that one tells."""
    return mapping.telling(known[mapping.source].about) if mapping.source else mapping
