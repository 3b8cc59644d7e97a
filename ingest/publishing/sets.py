"""The set of a session: all loads of its slots, those that stand and those to come, and which of them have to be stored."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import accumulate
from pathlib import Path
from typing import Any, cast

import numpy as np
import polars as pl

from db import bulk
from db.database import Database, Transaction
from ingest.publishing.repeats import Judged, judge
from ingest.publishing.versions import REPEATED, Part, changes, timeline
from ingest.raw import read_raw
from ingest.sources import Payload, Raw, recognise
from ingest.staging import Parsed, Staged
from ingest.staging.contracts import Markets
from ingest.staging.loads import AMBIGUOUS, Held, Version

_KEYS = {"payload": pl.String, "slot": pl.String, "contract_id": pl.Int32, "open_interest": pl.Int64, "line_number": pl.Int64,
         "aside": pl.Boolean}  # fmt: skip
Said = tuple[dict[int, tuple[int, int]], dict[int, frozenset[int]]]
"""`rows` and `aside` of a Part."""


class SessionSets:
    """Finds what to store so that each moment shows what the files known by then say together.

    dropped: loads that stood, or were staged in this import, and are wrong by what came since; the flip takes them out.
    """

    def __init__(self, db: Database, home: Path):
        self.ids = Markets(db)
        self.dropped: set[int] = set()
        self._db, self._home = db, home
        self._parsed: dict[str, Parsed] = {}

    def parsed(self, pairs: Sequence[tuple[Raw, Payload]]) -> list[Parsed]:
        """Payloads with the ids of their contracts and tickers, all looked up at once."""
        found: dict[int, Parsed] = {}
        for kind in sorted({(payload.holds, payload.market) for _, payload in pairs}):
            places = [place for place, (_, payload) in enumerate(pairs) if (payload.holds, payload.market) == kind]
            found |= zip(places, self._of_kind([pairs[place] for place in places], *kind), strict=True)
        return [found[place] for place in range(len(pairs))]

    def _of_kind(self, pairs: Sequence[tuple[Raw, Payload]], holds: str, market: str) -> list[Parsed]:
        """The same for payloads of one kind of rows and one market."""
        ids = self.ids[market]
        for frame in (frame for _, payload in pairs for frame in (payload.daily, payload.expirations, payload.prices)):
            if frame is not None:
                ids.underlyings(frame["symbol"])
        rows = pl.concat([payload.rows for _, payload in pairs], how="vertical", rechunk=True)  # to slice many chunks is slow
        if holds in ("changes", "chains"):
            rows = ids.add_to(rows)
        elif holds not in ("rates", "names"):  # a list of names has thousands on which no option is written
            ids.underlyings(rows["symbol"])
        starts = accumulate((len(payload.rows) for _, payload in pairs), initial=0)
        return [
            Parsed(raw, payload, rows.slice(start, len(payload.rows)), self._aside(payload))
            for (raw, payload), start in zip(pairs, starts, strict=False)
        ]

    def versions(
        self, work: Transaction, source: str, sessions: Sequence[date], new: Sequence[Parsed]
    ) -> tuple[list[Staged], Judged]:
        """The loads to store for these sessions, and what became of the new payloads."""
        found = work.dicts("set_loads", source=source, sessions=list(sessions))
        standing = [load for load in found if load["load_id"] not in self.dropped]
        judged = judge(work, self.ids, new, standing)
        if any(one.payload.holds != "changes" for one in new) or (standing and standing[0]["holds"] != "changes"):
            # slots of such sources share no contract: each stands by itself
            return [Staged(one, whole(one)) for one in judged.taken], judged
        held = _held_lines(work, [load["load_id"] for load in standing])
        staged = []
        for session in sessions:
            loads = [load for load in standing if load["quote_session"] == session]
            parts = [one for one in judged.taken if one.payload.quote_session == session]
            staged += self._of_session(work, session, loads, held, parts)
        return staged, judged

    def anew(self, bases: Sequence[dict[str, Any]], files: Mapping[int, Parsed]) -> list[Staged]:
        """The loads that a session of changes would have if none stood. bases: its first loads; files: as read now, by load."""
        keys = pl.concat([_keys(one) for one in files.values()])
        said = _said(keys.filter(pl.col("contract_id").is_in(_doubtful(keys).implode())))
        parts = []
        for load in bases:
            one = files[load["load_id"]]
            stamps = _stamps(one) | {"withdrawn_at": load["withdrawn_at"]}
            parts.append(replace(_part(stamps, one, said), payload=str(load["load_id"])))  # one payload may have come twice
        return [Staged(files[int(version.payload)], version) for version in timeline(parts)]

    def _of_session(
        self, work: Transaction, session: date, loads: list[dict[str, Any]], held: dict[int, Held], new: list[Parsed]
    ) -> list[Staged]:
        """New payloads as they are where nothing is in doubt, else whatever the moments of the set need."""
        files = {one.raw.sha256: one for one in new}
        bases = [load for load in loads if load["reason"] is None]
        settled = held.keys().isdisjoint(load["load_id"] for load in loads)
        if settled and not bases and not _repeats(new):
            return [Staged(one, whole(one)) for one in new]
        if settled:
            keys = pl.concat([*map(_keys, files.values()), _stored_keys(work, session, bases)])
            if _doubtful(keys).is_empty():
                return [Staged(one, whole(one)) for one in new]
        files |= {load["payload_sha256"]: self._from_archive(load) for load in bases}
        keys = pl.concat([_keys(one) for one in files.values()])
        said = _said(keys.filter(pl.col("contract_id").is_in(_doubtful(keys).implode())))
        parts = [_part(load, files[load["payload_sha256"]], said) for load in bases]
        parts += [_part(_stamps(one), one, said) for one in new]
        missing, wrong = changes(parts, [_version(load, held.get(load["load_id"], frozenset())) for load in loads])
        self.dropped |= set(wrong)
        return [Staged(files[version.payload], version) for version in missing]

    def _from_archive(self, load: dict[str, Any]) -> Parsed:
        """A stored payload, read as it was when it was stored; the archive may know it by the name of an earlier, refused try."""
        sha256 = load["payload_sha256"]
        if sha256 not in self._parsed:
            kept = read_raw(self._db, self._home, sha256)
            raw = replace(kept, file_name=load["file_name"], received_at=load["received_at"])
            self._parsed[sha256] = self.parsed([(raw, cast(Payload, recognise(raw).parse(raw)))])[0]
        return self._parsed[sha256]

    def _aside(self, payload: Payload) -> pl.DataFrame | None:
        return None if payload.read_aside is None else self.ids[payload.market].add_to(payload.read_aside)


def _repeats(parsed: list[Parsed]) -> bool:
    """Whether any contract stands twice, at a fraction of what it costs to say which."""
    frames = [frame for one in parsed for frame in (one.rows, one.aside) if frame is not None]
    ids = np.sort(np.concatenate([frame["contract_id"].to_numpy() for frame in frames] or [np.zeros(0, np.int32)]))
    return bool((ids[1:] == ids[:-1]).any())


def _own(one: Parsed) -> Held:
    aside = one.payload.quarantined
    if aside.is_empty():
        return frozenset()
    return frozenset((line, AMBIGUOUS) for line in aside.filter(pl.col("reason") == AMBIGUOUS)["line_number"])


def whole(one: Parsed) -> Version:
    """A payload as it stands by itself."""
    return Version(one.payload.slot, one.raw.sha256, one.payload.known_at, None, _own(one))


def _stamps(one: Parsed) -> dict[str, Any]:
    return {"slot": one.payload.slot, "known_at": one.payload.known_at, "withdrawn_at": None, "load_id": None}


def _part(load: dict[str, Any], one: Parsed, said: dict[str, Said]) -> Part:
    sha256 = one.raw.sha256
    rows, aside = said.get(sha256, ({}, {}))
    stored = load["load_id"] is not None
    return Part(load["slot"], sha256, load["known_at"], load["withdrawn_at"], rows, aside, _own(one), stored)


def _version(load: dict[str, Any], lines: Held) -> Version:
    held = frozenset((line, reason) for line, reason in lines if reason in (AMBIGUOUS, REPEATED))
    again = load["reason"] is not None
    return Version(load["slot"], load["payload_sha256"], load["known_at"], load["withdrawn_at"], held, again, load["load_id"])


def _keys(one: Parsed) -> pl.DataFrame:
    frames = [one.rows.with_columns(aside=False)] + ([] if one.aside is None else [one.aside.with_columns(aside=True)])
    named = pl.concat(frames, how="vertical").with_columns(payload=pl.lit(one.raw.sha256), slot=pl.lit(one.payload.slot))
    return named.select(_KEYS.keys()).cast(_KEYS)  # type: ignore[arg-type]


def _stored_keys(work: Transaction, session: date, loads: list[dict[str, Any]]) -> pl.DataFrame:
    """Keys of rows that stand. Lines are not stored: 0, and where something is in doubt the files are read again."""
    if not loads:
        return pl.DataFrame(schema=_KEYS)
    fields = {"load_id": "int8", "contract_id": "int4", "open_interest": "int4"}
    found = bulk.read_rows(work, "load_keys", fields, quote_session=session, load_ids=[load["load_id"] for load in loads])
    names = pl.DataFrame({"load_id": [load["load_id"] for load in loads], "payload": [load["payload_sha256"] for load in loads],
                          "slot": [load["slot"] for load in loads]})  # fmt: skip
    frame = pl.DataFrame({name: found[name].astype("i8") for name in fields})
    named = frame.join(names, on="load_id").with_columns(line_number=pl.lit(0), aside=False)
    return named.select(_KEYS.keys()).cast(_KEYS)  # type: ignore[arg-type]


def _doubtful(keys: pl.DataFrame) -> pl.Series:
    """Contracts that two slots name, or a file both shows and keeps aside."""
    counted = keys.group_by("contract_id").agg(pl.col("slot").n_unique(), mixed=pl.col("aside").n_unique() > 1)
    return counted.filter((pl.col("slot") > 1) | pl.col("mixed"))["contract_id"]


def _said(keys: pl.DataFrame) -> dict[str, Said]:
    """What each payload says of these contracts."""
    said: dict[str, Said] = {}
    for payload, _, contract, open_interest, line, aside in keys.iter_rows():
        rows, kept = said.setdefault(payload, ({}, {}))
        if aside:
            kept[contract] = kept.get(contract, frozenset()) | {open_interest}
        else:
            rows[contract] = (open_interest, line)
    return said


def _held_lines(work: Transaction, load_ids: list[int]) -> dict[int, Held]:
    """Lines of loads that could be read and are kept aside, with their reasons."""
    held: dict[int, set[tuple[int, str]]] = {}
    for load_id, line, reason in work.rows("held_lines", load_ids=load_ids) if load_ids else ():
        held.setdefault(load_id, set()).add((line, reason))
    return {load_id: frozenset(lines) for load_id, lines in held.items()}
