"""What may happen to an answer of a venue on its way: broken bytes, other types, other words, rows lost, doubled and swapped."""

import json
import random

from ingest.sources.futures import Answer, Raw

WORDS = ["", "NaN", "inf", "-1", "1e400", "1,5", "0x10", "٣", "BTC-USDT-SWAP", "a" * 10_000]
VALUES = [None, True, [], {}, -1, 0, 1e308, 10**400, "9" * 400, *WORDS]


def mutated(raw: Raw, rng: random.Random) -> Raw:
    """The same look with one answer changed."""
    answers = list(raw.answers)
    place = rng.randrange(len(answers))
    answer = answers[place]
    body = rng.choice([_bytes, _values, _values, _values, _rows])(answer.body, rng)
    answers[place] = Answer(answer.url, answer.sent, rng.choice([200, 200, 200, 204, 500]), body, answer.seen_at)
    return Raw(raw.venue, raw.what, tuple(answers), raw.trouble)


def _bytes(body: bytes, rng: random.Random) -> bytes:
    """Cut, flipped or strewn with rubbish."""
    place = rng.randrange(len(body))
    return rng.choice(
        [
            body[:place],
            body[place:],
            body[:place] + bytes([rng.randrange(256)]) + body[place + 1 :],
            b"\xef\xbb\xbf" + body,
            body[:place] + b"\x00\xff" + body[place:],
            b"",
            b"[" * 2000,
            b"null",
            b"<html></html>",
        ]
    )


def _values(body: bytes, rng: random.Random) -> bytes:
    """One to four leaves replaced, renamed or lost."""
    told = json.loads(body)
    for _ in range(rng.randint(1, 4)):
        holder, key = rng.choice(list(_leaves(told)) or [({}, "")])
        if isinstance(holder, dict) and rng.random() < 0.2:
            holder[rng.choice([*WORDS, *holder])] = holder.pop(key, None)
        elif rng.random() < 0.1:
            holder.pop(key) if isinstance(holder, list) else holder.pop(key, None)
        elif key in holder if isinstance(holder, dict) else key < len(holder):
            holder[key] = rng.choice(VALUES)
    return json.dumps(told).encode()


def _rows(body: bytes, rng: random.Random) -> bytes:
    """Rows of one list lost, doubled or in another order."""
    told = json.loads(body)
    lists = [each for each in _nodes(told) if isinstance(each, list) and each]
    if lists:
        chosen = rng.choice(lists)
        rng.choice([lambda: chosen.append(chosen[0]), chosen.pop, lambda: rng.shuffle(chosen), chosen.clear])()
    return json.dumps(told).encode()


def _nodes(told):
    yield told
    for each in told.values() if isinstance(told, dict) else told if isinstance(told, list) else ():
        yield from _nodes(each)


def _leaves(told):
    """(holder, key) of everything below."""
    for each in _nodes(told):
        if isinstance(each, dict):
            yield from ((each, key) for key in each)
        elif isinstance(each, list):
            yield from ((each, place) for place in range(len(each)))
