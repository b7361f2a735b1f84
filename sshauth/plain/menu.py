"""Menus: what can be done, by number or by letter."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from sshauth.plain.talk import Cancelled, Talk


@dataclass(frozen=True)
class Choice:
    """What can be chosen: a letter, the words behind it, and what it does."""

    letter: str
    words: str
    do: Callable[[], Awaitable[None]]


async def choose(talk: Talk, heading: str, choices: Sequence[Choice]) -> Choice:
    """Read the menu out and ask, until something of it is chosen; an empty answer reads it out again."""
    by_answer = {str(number): each for number, each in enumerate(choices, 1)}
    by_answer |= {each.letter: each for each in choices}
    _read_out(talk, heading, choices)
    while True:
        try:
            answer = (await talk.ask("Your choice: ")).strip().lower()
        except Cancelled:
            answer = ""
        if answer in by_answer:
            return by_answer[answer]
        if answer:
            talk.complain(f"Type a number from 1 to {len(choices)}, or the letter.")
        else:
            _read_out(talk, heading, choices)


def _read_out(talk: Talk, heading: str, choices: Sequence[Choice]) -> None:
    talk.say(heading)
    for number, each in enumerate(choices, 1):
        talk.say(f"{number} or {each.letter}: {each.words}")
