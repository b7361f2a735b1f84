"""Menus: what is chosen by which answer."""

import pytest

from sshauth.plain.menu import Choice, Menu
from sshauth.plain.talk import Talk
from tests.plain.guest import Terminal


async def nothing() -> None:
    """Do nothing."""


CHOICES = (
    Choice("c", "create an account", nothing),
    Choice("n", "new phone: replace your authenticator", nothing),
    Choice("r", "new recovery codes", nothing),
    Choice("o", "sign out", nothing),
)


@pytest.mark.parametrize(
    ("answer", "letter"),
    [
        ("4", "o"),
        ("C", "c"),
        ("create", "c"),
        ("create an account", "c"),
        ("new phone", "n"),
        ("new phone: replace your authenticator", "n"),
        ("New recovery", "r"),
        ("sign  out", "o"),
    ],
)
async def test_numbers_letters_and_first_words_choose(answer: str, letter: str) -> None:
    """In any case."""
    terminal = Terminal()
    terminal.type(f"{answer}\r")
    assert (await Menu(Talk(terminal, lambda: None), CHOICES).choose()).letter == letter


async def test_what_could_be_two_things_or_none_is_asked_again_without_the_menu() -> None:
    """It is read out again by m."""
    terminal = Terminal()
    terminal.type("new\rcreature\rm\rc\r")
    await Menu(Talk(terminal, lambda: None), CHOICES).choose()
    assert terminal.all_said.count("Error: Type a number from 1 to 4") == 2
    assert terminal.all_said.count("Your choice (m for the menu): ") == 2
    assert terminal.all_said.count("Menu:") == 2
