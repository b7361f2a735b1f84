"""Menus: what can be done, by number, by letter or by its words."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from sshauth.plain.talk import Cancelled, Talk

MENU = "m"


@dataclass(frozen=True)
class Choice:
    """What can be chosen: a letter, the words behind it, and what it does."""

    letter: str
    words: str
    do: Callable[[], Awaitable[None]]

    def is_called(self, answer: str) -> bool:
        """Whether an answer is its words, or the first of them."""
        called = answer.replace(":", "").split()
        return called == self.words.lower().replace(":", "").split()[: len(called)]


class Menu:
    """Is read out whole to who comes to it, and then only to who asks."""

    def __init__(self, talk: Talk, choices: Sequence[Choice]) -> None:
        """Take whom to ask, and what there is."""
        self._talk = talk
        self._choices = choices
        self._is_new = True

    async def choose(self) -> Choice:
        """Ask until something is chosen; m, or an empty answer, reads the menu out again."""
        while True:
            question = "Your choice (m for the menu): "
            if self._is_new:
                self._read_out()
                question = "Your choice: "
            try:
                answer = (await self._talk.ask(question)).strip().lower()
            except Cancelled:
                answer = ""
            self._is_new = answer in {"", MENU, "menu"}
            if chosen := self._called(answer):
                return chosen
            if not self._is_new:
                self._talk.complain(
                    f"Type a number from 1 to {len(self._choices)}, or the letter or the words behind it."
                )

    def _called(self, answer: str) -> Choice | None:
        for number, each in enumerate(self._choices, 1):
            if answer in {str(number), each.letter}:
                return each
        called = [each for each in self._choices if answer and each.is_called(answer)]
        return called[0] if len(called) == 1 else None

    def _read_out(self) -> None:
        self._talk.say("Menu:")
        for number, each in enumerate(self._choices, 1):
            self._talk.say(f"{number} or {each.letter}: {each.words}")
