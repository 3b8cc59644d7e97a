"""Files into the store: raw -> parse -> check -> enrich -> stage -> one flip. A command shows all that it brings, or nothing."""

import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path

import structlog

from core.clock import Clock
from core.errors import MissingFile, RefusedPayload
from core.sources import SIMULATED
from db.database import Database
from ingest.publishing.importer import Importer, ImportReport, Reasons
from ingest.publishing.publish import clean_staged, only_importer
from ingest.sources import SOURCES, Payload, Raw, load, recognise
from ingest.sources.mapped import Mappings, shelf
from ingest.sources.reading.near import identity, narrowed

log = structlog.get_logger()
Progress = Callable[[int, int], None]
_SIMULATED = "These figures are made up: they belong into the simulated market's database, with --demo."
_AT_ONCE = 512
_PARSERS = 2
_FOLDERS = 2  # kept with a file: some archives say the date or the ticker there
_DATED = (re.compile(r"(?P<y>\d{4})-?(?P<m>\d\d)-?(?P<d>\d\d)"), re.compile(r"(?P<m>\d\d)-(?P<d>\d\d)-(?P<y>\d{4})"))
_UNFINISHED = (".part", ".tmp", ".crdownload", ".download")


def import_paths(
    db: Database,
    home: Path,
    paths: Sequence[Path],
    clock: Clock,
    source: str | None = None,
    progress: Progress | None = None,
    demo: bool = False,
) -> ImportReport:
    """Import files and all files below folders. MissingFile before anything is read.

    source: read them as of this source or mapping. demo: whether `db` is the simulated market's; every other refuses its files.
    """
    files = sorted({file for path in paths for file in _files(path)}, key=_reading_order)
    raws = (raw_of(file, clock, source) for file in files)
    return import_stream(db, home, raws, len(files), clock, demo, progress)


def import_bodies(
    db: Database, home: Path, bodies: Sequence[tuple[str, bytes]], clock: Clock, source: str | None = None, demo: bool = False
) -> ImportReport:
    """Import files that somebody handed over: (name, bytes) each; `source` and `demo` as for `import_paths`."""
    raws = [Raw("", name, body, clock(), read_as=source or "") for name, body in bodies]
    return import_stream(db, home, iter(raws), len(raws), clock, demo)


def import_raws(db: Database, home: Path, raws: Sequence[Raw], clock: Clock, source: str) -> ImportReport:
    """Import bytes that were fetched from a source just now."""
    named = (replace(raw, read_as=source) for raw in raws)
    return import_stream(db, home, named, len(raws), clock)


def publish_payloads(
    db: Database,
    home: Path,
    pairs: Iterable[tuple[Raw, Payload]],
    clock: Clock,
    held: Sequence[tuple[Raw, RefusedPayload]] = (),
) -> ImportReport:
    """Publish files of one payload each that are parsed already, in one flip; `held` as for `publish_files`."""
    return publish_files(db, home, ((raw, [payload]) for raw, payload in pairs), clock, held)


def publish_files(
    db: Database,
    home: Path,
    files: Iterable[tuple[Raw, list[Payload]]],
    clock: Clock,
    held: Sequence[tuple[Raw, RefusedPayload]] = (),
) -> ImportReport:
    """Publish files that are parsed already, in one flip. held: those that are kept aside, each with its reason."""
    started, files = time.perf_counter(), iter(files)
    with only_importer(db):
        clean_staged(db, home, clock)
        with Importer(db, home, clock, _beside(held)) as importer:
            while group := list(islice(files, _AT_ONCE)):
                importer.meet([identity(raw) for raw, _ in group])
                for raw, payloads in group:
                    importer.take(raw, payloads)
            importer.meet([identity(raw) for raw, _ in held])
            for raw, refused in held:
                importer.take(raw, refused)
            return importer.finish(started)


def _beside(held: Sequence[tuple[Raw, RefusedPayload]]) -> Reasons:
    """Those that are held back because of what stands. What the bytes tell by themselves they tell again."""
    return {(raw.sha256, raw.file_name): refused for raw, refused in held if refused.beside}


def import_stream(
    db: Database,
    home: Path,
    raws: Iterator[Raw],
    count: int,
    clock: Clock,
    demo: bool = False,
    progress: Progress | None = None,
    held: Reasons | None = None,
) -> ImportReport:
    """Import bytes with their names and instants, `count` of them, in one flip. held: those that are kept aside."""
    started, done, parse = time.perf_counter(), 0, partial(parsed, mappings=shelf(home), demo=demo)
    with only_importer(db), ThreadPoolExecutor(_PARSERS, "parse") as pool:
        clean_staged(db, home, clock)
        with Importer(db, home, clock, held) as importer:
            while group := list(islice(raws, _AT_ONCE)):
                known = importer.meet(list(pool.map(identity, group)))
                fresh = {payload: raw for raw in reversed(group) if (payload := identity(raw)) not in known}
                reading = {payload: pool.submit(parse, raw) for payload, raw in reversed(fresh.items())}
                for raw in group:
                    outcome = reading.pop(identity(raw), None)
                    importer.take(raw, outcome.result() if outcome else None)
                    done += 1
                    if progress:
                        progress(done, count)
            return importer.finish(started)


def read(raw: Raw, mappings: Mappings) -> list[Payload]:
    """The payloads of a file, by the source or mapping named, else by the one that knows such files. Refused: docs/errors.md."""
    source = raw.read_as
    if source and source not in SOURCES:
        if source not in mappings:
            words = f"There is no source named {source!r}; there are {', '.join([*SOURCES, *sorted(mappings.known)])}."
            raise RefusedPayload("unknown_source", f"{words} {mappings.own_words}")
        return mappings.parse(raw, source)
    try:
        found = (load(source) if source else recognise(raw)).parse(raw)
    except RefusedPayload as refused:
        if refused.reason != "not_recognised":
            raise
        return mappings.parse(raw)
    return [narrowed(raw, found)] if isinstance(found, Payload) else found


def parsed(raw: Raw, mappings: Mappings, demo: bool) -> list[Payload] | RefusedPayload:
    """What the file says, or why it is refused. A fault of ours refuses this file too and is logged, so that the others go in."""
    try:
        payloads = read(raw, mappings)
        simulated = any(payload.source in SIMULATED for payload in payloads)
        return payloads if demo or not simulated else RefusedPayload("simulated_data", _SIMULATED)
    except RefusedPayload as refused:
        return refused
    except Exception as error:  # whatever a hostile file provokes: it is kept aside, and the log tells us
        log.exception("parser_failed", file=raw.file_name)
        return RefusedPayload("parser_failed", f"The file could not be read: {type(error).__name__}.")


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from (found for found in path.rglob("*") if found.is_file() and not is_unfinished(found))
    elif path.is_file():
        yield path
    else:
        raise MissingFile(f"There is no file or folder {path}.")


def is_unfinished(path: Path) -> bool:
    """Whether the name says that somebody still writes the file, or that it is hidden."""
    return path.name.startswith(".") or path.suffix.lower() in _UNFINISHED


def raw_of(path: Path, clock: Clock, source: str | None = None) -> Raw:
    """A file with the folders it lies in. MissingFile where it cannot be read. source: as for `import_paths`."""
    folder = "/".join(path.absolute().parent.parts[-_FOLDERS:])
    try:
        return Raw("", path.name, path.read_bytes(), clock(), folder, source or "")
    except OSError as error:
        raise MissingFile(f"{path} cannot be read: {error.strerror}.") from error


def _reading_order(path: Path) -> tuple[str, str]:
    """Files of one day next to each other where the names tell: faster, and without any influence on what is stored."""
    for dated in _DATED:
        if found := dated.search(path.name):
            return f"{found['y']}{found['m']}{found['d']}", str(path)
    return "", str(path)
