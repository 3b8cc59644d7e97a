"""Pills. Beside a page's title: how fresh, what is wrong, where from, never more than three. For admins: which service works."""

from core.vocabulary import FLAGS
from usecases.freshness import Freshness
from usecases.glossary import REASONS
from usecases.operations import ServiceState
from webapp.look import formats, markup


def pills(freshness: Freshness) -> markup.Safe:
    """Freshness, the worst flag (its hover text names the rest), the source."""
    found = notes(freshness)
    pieces = [_age(freshness)]
    if found:
        fact, detail = found[0]
        rest = ". ".join(f"{name}: {words}" for name, words in found)
        pieces.append(_pill("of-flag", fact, detail, rest))
    pieces.append(markup.fill('<span class="of-badge phone-less" title="Source">{source}</span>', source=freshness.source_label))
    return markup.join(pieces)


def notes(freshness: Freshness) -> list[tuple[str, str]]:
    """What a reader has to know, worst first, as (fact, detail)."""
    found = [
        (title, freshness.flag_details.get(flag) or words) for flag, (title, words) in FLAGS.items() if flag in freshness.flags
    ]
    if freshness.coverage == "top_list":
        found.append(("Top list", "absent is not zero" if freshness.volume_final else "volume not final"))
    elif not freshness.volume_final:
        found.append(("Volume", "not final"))
    return found


def stated(freshness: Freshness) -> str:
    """The age in one plain sentence, for hover texts and exports."""
    return (
        f"OI as of close {formats.day(freshness.session_date)}, shown {formats.clock_long(freshness.known_at)}, "
        f"source {freshness.source_label}"
    )


def _age(freshness: Freshness) -> markup.Safe:
    if freshness.late:
        expected = f"expected {formats.clock_year(freshness.expected_at)}, still showing {formats.day(freshness.session_date)}"
        return _pill("of-flag", "Late", expected, stated(freshness), keep=True)
    fact = f"OI change of {formats.day(freshness.session_date)}"
    return _pill("of-fresh", fact, f"shown {formats.clock(freshness.known_at)}", stated(freshness), keep=True)


def service(state: ServiceState) -> markup.Safe:
    """When a service last reported, and whether it was expected to have done so again."""
    name, title = state.service.capitalize(), formats.clock_long(state.reported_at)
    if state.reported_at is None:
        return _pill("of-hollow", name, "has not reported yet", title, keep=True)
    if state.late:
        expected = f"expected {formats.clock_year(state.expected_at)}, last reported {formats.clock_year(state.reported_at)}"
        return _pill("of-flag", f"{name} late", expected, title)
    return _pill("of-fresh", name, f"reported {formats.clock(state.reported_at)}", title, keep=True)


def _pill(mark: str, fact: str, detail: str, title: str, *, keep: bool = False) -> markup.Safe:
    return markup.fill(
        '<span class="of-badge" title="{title}"><i class="of-mark {mark}"></i><b>{fact}</b>'
        '<span class="{detail_class}">{detail}</span></span>',
        mark=mark, fact=fact, detail=detail, title=title, detail_class="" if keep else "phone-less",
    )  # fmt: skip


def tag(tier: str) -> markup.Safe:
    """The tier as an outline tag with its word."""
    return markup.fill('<span class="of-tag {tier}">{word}</span>', tier=tier, word=tier.capitalize())


def traded(code: object, confidence: object, reasons: list[str]) -> markup.Safe:
    """Where the last trade sat; low confidence is underlined with dots, its reasons on hover."""
    words = formats.traded(code)
    if formats.unknown(confidence) or int(confidence) > 1 or formats.unknown(code):  # type: ignore[call-overload]
        return markup.fill("{words}", words=words)
    why = ". ".join(REASONS.get(reason, reason) for reason in reasons) or "Weak outside the quote"
    return markup.fill('<span class="of-low" title="Low confidence: {why}">{words}</span>', why=why, words=words)
