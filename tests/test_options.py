"""Options as data."""

from dataclasses import dataclass

import pytest
import tomlkit

from undertow.errors import OptionError
from undertow.options import check, option, parse, read, to_table


@dataclass(frozen=True)
class Soup:
    salt: float = option(1.0, "grams", above=0, at_most=5)
    bowls: int = option(2, "how many", at_least=1)
    kind: str = option("leek", "which", choices=("leek", "lentil"))
    share: float = option(0.5, "of the pot", at_least=0, below=1)
    hot: bool = option(True, "or cold")


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"salt": 0}, r"soup\.salt must be above 0, got 0"),
        ({"salt": 6.0}, r"soup\.salt must be at most 5, got 6\.0"),
        ({"salt": float("nan")}, r"soup\.salt must be a finite number"),
        ({"salt": "much"}, r"soup\.salt must be a number, got 'much'"),
        ({"share": 1}, r"soup\.share must be below 1, got 1"),
        ({"bowls": 0}, r"soup\.bowls must be at least 1, got 0"),
        ({"bowls": 1.5}, r"soup\.bowls must be a whole number, got 1\.5"),
        ({"bowls": True}, r"soup\.bowls must be a whole number, got True"),
        ({"hot": 1}, r"soup\.hot must be true or false, got 1"),
        ({"kind": "lentils"}, r"soup\.kind cannot be 'lentils'; did you mean 'lentil'\?"),
        ({"bowl": 3}, r"there is no option soup\.bowl; did you mean 'bowls'\?"),
    ],
)
def test_wrong_values_are_told_with_their_limits(table, message):
    with pytest.raises(OptionError, match=message):
        read(Soup(), table, "soup.")


def test_toml_and_back():
    soup = Soup(salt=2.5, bowls=7, kind="lentil", hot=False)
    document = tomlkit.document()
    document.add("soup", to_table(soup))
    written = tomlkit.dumps(document)
    assert "# which (leek, lentil)\nkind" in written
    assert read(Soup(), tomlkit.parse(written)["soup"]) == soup


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [("salt", "3", 3.0), ("bowls", "4", 4), ("hot", "False", False), ("kind", "leek", "leek")],
)
def test_values_from_a_command_line(name, text, value):
    parsed = parse(Soup, name, text)
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize(("name", "text"), [("bowls", "many"), ("hot", "maybe"), ("salt", "-1")])
def test_wrong_values_from_a_command_line(name, text):
    with pytest.raises(OptionError, match=name):
        parse(Soup, name, text)


def test_whole_numbers_are_numbers():
    check(Soup(salt=2))
