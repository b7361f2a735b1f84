"""Lines that fit a terminal, and times in words."""

import asyncio

import pytest

from sshauth.plain.talk import Talk
from sshauth.plain.wrapping import spelled_out, wrapped
from tests.plain.guest import Terminal


@pytest.mark.parametrize(
    ("line", "columns", "lines"),
    [
        ("", 30, [""]),
        ("one two", 30, ["one two"]),
        ("Type one from where you keep them.", 24, ["Type one from where you", "keep them."]),
        ("Code: ABCD-EFGH-JKMN-PQRS-TVWX", 24, ["Code:", "ABCD-EFGH-JKMN-PQRS-TVWX"]),
        ("otpauth://totp/sshauth:ada?secret=A", 20, ["otpauth://totp/sshauth:ada?secret=A"]),
        ("Whose is it? User name or email: ", 24, ["Whose is it? User name", "or email: "]),
        ("a line that nobody wraps", 0, ["a line that nobody wraps"]),
        (" " * 30, 24, [" " * 30]),
    ],
)
def test_lines_break_at_spaces_only(line: str, columns: int, lines: list[str]) -> None:
    """Codes and addresses stay whole, and so does the space behind a question."""
    assert wrapped(line, columns) == lines


@pytest.mark.parametrize(
    ("words", "spelled"),
    [
        ("Try again in 1 s.", "Try again in 1 second."),
        ("Try again in 32 s.", "Try again in 32 seconds."),
        ("in 0.5 s: it is 1 s old", "in 0.5 seconds: it is 1 second old"),
        ("5 minutes, 3 hours, 10 sessions", "5 minutes, 3 hours, 10 sessions"),
    ],
)
def test_units_of_time_are_written_out(words: str, spelled: str) -> None:
    """Who hears "s" must guess."""
    assert spelled_out(words) == spelled


async def test_what_is_said_and_asked_is_wrapped_at_the_width_of_the_terminal() -> None:
    """Also when it changes."""
    terminal = Terminal((24, 24))
    talk = Talk(terminal, lambda: None)
    talk.say("Type one from where you keep them.")
    terminal.type("ada\r")
    async with asyncio.timeout(5):
        assert await talk.ask("Whose is it? User name or email: ") == "ada"
    terminal.size = (80, 24)
    talk.say("Type one from where you keep them.")
    assert terminal.all_said == (
        "Type one from where you\r\nkeep them.\r\nWhose is it? User name\r\nor email: ada\r\n"
        "Type one from where you keep them.\r\n"
    )
