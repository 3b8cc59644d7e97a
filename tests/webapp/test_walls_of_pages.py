"""What no module of the pages may do by itself: draw pieces without a check, or show text of others as Markdown."""

import ast
from pathlib import Path

import pytest

WEBAPP = Path(__file__).parent.parent.parent / "webapp"
MODULES = sorted(WEBAPP.rglob("*.py"))
MARKDOWN = {"write", "markdown", "error", "warning", "info", "success", "header", "subheader", "title", "caption", "toast",
            "exception", "latex", "metric", "badge"}  # fmt: skip


def calls(source):
    return [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]


def ours(text):
    """A literal, a constant, or an f-string of literals, constants, numbers, dates and what `formats` writes."""
    if isinstance(text, ast.JoinedStr):
        return all(isinstance(part, ast.Constant) or _plain(part) for part in text.values)
    return isinstance(text, ast.Constant) or _constant(text)


def _constant(node):
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return name.isupper()


def _plain(part):
    written = ast.unparse(part.value)
    numeric = part.format_spec is not None and ast.unparse(part.format_spec).strip("f'\"")[:1] in (",", "d", "%")
    return numeric or _constant(part.value) or written.startswith(("formats.", "len("))


def foreign(source):
    """Calls that would show text of others as Markdown."""
    shown = [call for call in calls(source) if call.func.attr in MARKDOWN and call.args and not _drawn_nowhere(call)]
    return [ast.unparse(call) for call in shown if not ours(call.args[0])]


def _drawn_nowhere(call):
    place = ast.unparse(call.func.value)
    return place == "address" or "log" in place


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(WEBAPP)))
def test_text_of_files_and_visitors_is_never_markdown(path):
    assert foreign(path.read_text()) == []


@pytest.mark.parametrize(
    "line", ["st.error(str(error))", "st.write(f'{name} waits')", "left.subheader(email)", "st.success(done)", "st.info('a' + b)"]
)
def test_the_rule_sees_text_of_others(line):
    assert foreign(line)


@pytest.mark.parametrize(
    "line", ["st.write('Ours')", "st.caption(f'{len(rows)} of {most:,}')", "st.caption(f'{formats.day(at)}')"]
)
def test_the_rule_lets_words_of_ours_pass(line):
    assert foreign(line) == []


@pytest.mark.parametrize("path", [path for path in MODULES if path.name != "visitor.py"], ids=lambda path: str(path.name))
def test_pieces_that_draw_themselves_again_come_from_the_door_that_checks(path):
    used = {node.attr for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)
            and ast.unparse(node.value) == "st"}  # fmt: skip
    assert not used & {"fragment", "dialog"}


@pytest.mark.parametrize("path", [path for path in MODULES if path.name != "markup.py"], ids=lambda path: str(path.name))
def test_html_has_one_door(path):
    assert "unsafe_allow_html" not in path.read_text()
    assert not [call for call in calls(path.read_text()) if ast.unparse(call.func) == "st.html"]
