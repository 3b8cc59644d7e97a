"""What a command line says to `make bench` and `make campaign`: help and slips of the pen run nothing and write nothing."""

import re
import sys

import pytest

import benchmarks.__main__
import tests.campaign.__main__
from benchmarks import collect

MAINS = [(benchmarks, "goal"), (tests.campaign, "bar")]


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("OIFLOW_HOME", str(tmp_path))
    monkeypatch.setattr(collect, "measure", lambda *_: pytest.fail("something ran"))
    return tmp_path


def end(monkeypatch, package, *words):
    """The exit code of `python -m package words`."""
    monkeypatch.setattr(sys, "argv", ["__main__.py", *words])
    with pytest.raises(SystemExit) as ended:
        package.__main__.main()
    return ended.value.code


@pytest.mark.parametrize(("package", "key"), MAINS)
def test_help_has_an_example_and_every_name_with_its_line(package, key, home, monkeypatch, capsys):
    assert end(monkeypatch, package, "--help") == 0
    told = capsys.readouterr().out
    (example,) = re.findall(rf"^example: python -m {package.__name__} (\S+)$", told, re.M)
    listed = re.findall(r"^  (\w+(?:, \w+)*)  +(\S.+)$", told.split(f"{key}s:\n")[1], re.M)
    there = {module.__doc__.splitlines()[0]: set(module.COVERS) for module in collect.modules(package)}
    assert {line: set(names.split(", ")) for names, line in listed} == there
    assert len(listed) == len(there)
    assert set(example.split(",")) <= set.union(*there.values())
    assert not list(home.iterdir())


@pytest.mark.parametrize(("package", "key"), MAINS)
def test_a_name_that_is_not_there_is_one_line_and_runs_nothing(package, key, home, monkeypatch, capsys):
    assert end(monkeypatch, package, "X1,X2") == 2
    line = f"python -m {package.__name__}: there is no {key} X1, X2; --help lists those there are\n"
    assert capsys.readouterr().err == line
    assert not list(home.iterdir())


def test_names_stand_in_the_order_of_their_numbers():
    assert sorted(["kinds", "R12", "R5C", "R5", "U3"], key=collect._by_number) == ["R5", "R5C", "R12", "U3", "kinds"]
