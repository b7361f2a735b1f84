"""Asking and saying, and what comes between while somebody types."""

import asyncio

import pytest

from sshauth.plain.talk import Cancelled, Left, Talk
from tests.plain.guest import CTRL_C, CTRL_D, Terminal


async def ask(terminal: Terminal, typed: str, *, longest: int = 20, is_secret: bool = False) -> str:
    """Ask, with something typed ahead."""
    terminal.type(typed)
    return await Talk(terminal, lambda: None).ask("Name: ", longest=longest, is_secret=is_secret)


async def test_an_answer_is_echoed_and_ends_with_its_line() -> None:
    """In characters, carriage returns and line feeds."""
    terminal = Terminal()
    assert await ask(terminal, "ada\r") == "ada"
    assert terminal.all_said == "Name: ada\r\n"


async def test_a_secret_leaves_no_trace() -> None:
    """Not even its length."""
    terminal = Terminal()
    assert await ask(terminal, "open sesame\r", is_secret=True) == "open sesame"
    assert terminal.all_said == "Name: \r\n"


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\t"])
async def test_each_end_of_a_line_counts_once(end: str) -> None:
    """Return, line feed, both of a paste, and the Tab of a password manager."""
    terminal = Terminal()
    talk = Talk(terminal, lambda: None)
    terminal.type(f"ada{end}grace{end}")
    assert [await talk.ask("1 "), await talk.ask("2 ")] == ["ada", "grace"]


async def test_what_is_too_long_is_said_and_asked_again() -> None:
    """Of it nothing is taken."""
    terminal = Terminal()
    assert await ask(terminal, "x" * 21 + "\rada\r") == "ada"
    assert terminal.all_said == (
        "Name: \r\nError: That is too long: at most 20 characters fit.\r\nName: ada\r\n"
    )


@pytest.mark.parametrize(("key", "way"), [(CTRL_C, Cancelled), (CTRL_D, Left)])
async def test_keys_lead_back_and_out(key: str, way: type[Exception]) -> None:
    """From the midst of an answer."""
    terminal = Terminal()
    with pytest.raises(way):
        await ask(terminal, f"ada{key}")
    assert terminal.all_said == "Name: ada\r\n"


async def test_who_is_gone_has_left() -> None:
    """The channel has ended."""
    terminal = Terminal()
    terminal.go()
    with pytest.raises(Left):
        await ask(terminal, "")


async def test_what_comes_between_stands_before_the_question_which_is_repeated() -> None:
    """With what was typed so far, unless it is secret."""
    terminal = Terminal()
    talk = Talk(terminal, lambda: None)
    for is_secret in (False, True):
        asking = asyncio.create_task(talk.ask("Name: ", is_secret=is_secret))
        terminal.type("ada")
        await terminal.until(terminal.is_read, "the reading")
        talk.say("The server stops.")
        terminal.type("x\r")
        assert await asking == "adax"
    assert terminal.all_said == (
        "Name: ada\r\nThe server stops.\r\nName: adax\r\nName: \r\nThe server stops.\r\nName: \r\n"
    )


async def test_while_held_nothing_is_taken_and_what_was_typed_stays() -> None:
    """Then it goes on."""
    terminal = Terminal()
    talk = Talk(terminal, lambda: None)
    asking = asyncio.create_task(talk.ask("Name: "))
    terminal.type("ada")
    await terminal.until(terminal.is_read, "the reading")
    talk.hold("Please wait.")
    terminal.type("lost\r")
    await terminal.until(terminal.is_read, "the reading")
    assert not asking.done()
    talk.release("Go on.")
    terminal.type(" l\r")
    assert await asking == "ada l"


async def test_while_held_one_may_leave() -> None:
    """By the same key as ever."""
    terminal = Terminal()
    talk = Talk(terminal, lambda: None)
    asking = asyncio.create_task(talk.ask("Name: "))
    await terminal.until(terminal.is_read, "the reading")
    talk.hold("Please wait.")
    terminal.type(f"x{CTRL_D}")
    with pytest.raises(Left):
        await asking


async def test_every_key_is_told() -> None:
    """Whoever counts the time wants to know; also of those that nobody takes."""
    terminal = Terminal()
    told: list[None] = []
    terminal.type("a\x07b\r\n\r")
    talk = Talk(terminal, lambda: told.append(None))
    await talk.ask("1 ")
    await talk.ask("2 ")
    assert len(told) == 6


async def test_only_what_can_be_shown_is_said() -> None:
    """Names and addresses of others cannot move the cursor, turn the writing, or ring."""
    terminal = Terminal()
    Talk(terminal, lambda: None).say("a\x1b[2Jb\x07c\u202ed\x9be\nf\rg")
    assert terminal.all_said == "a[2Jbcde\r\nfg\r\n"
