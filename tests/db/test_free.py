"""A reader asks the same questions whatever the tier: of the stored facts, or of what free visitors may see."""

import inspect

import pytest

from db import free, read


def questions(module):
    """Public functions of a module that ask a database, by name."""
    found = inspect.getmembers(module, lambda each: inspect.isfunction(each) and each.__module__ == module.__name__)
    return {name: inspect.signature(each) for name, each in found if next(iter(inspect.signature(each).parameters)) == "db"}


@pytest.mark.parametrize("name", sorted(questions(read) | questions(free)))
def test_both_answer_the_same_question(name):
    assert questions(read)[name] == questions(free)[name]
