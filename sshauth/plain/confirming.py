"""Password and code once more, before what matters."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from sshauth.accounts.code_shapes import Shape
from sshauth.accounts.errors import ConfirmationNeeded
from sshauth.plain.questions import LONGEST_SECRET, Question, code_in, code_question, fill
from sshauth.plain.visit import Visit

WHY = (
    "First confirm that it is you: your password, and a code that was not used yet, also not to sign in. "
    "Wait for the next one, or use a recovery code."
)
CODES = (Shape.DIGITS, Shape.RECOVERY)
T = TypeVar("T")


async def confirmed(visit: Visit, do: Callable[[], Awaitable[T]]) -> T:
    """Do something that needs a recent confirmation; ask for one where there is none, also meanwhile."""
    while True:
        if not await visit.attempt(visit.accounts.confirmation.is_recent, visit.me):
            await _confirm(visit)
        try:
            return await do()
        except ConfirmationNeeded:
            continue


async def _confirm(visit: Visit) -> None:
    async def submit(values: Mapping[str, str]) -> None:
        code = code_in(values["code"], *CODES)
        await visit.accounts.confirmation(visit.me, values["password"], code, visit.peer)

    visit.talk.say(WHY)
    questions = [
        Question("password", "Password", LONGEST_SECRET, is_secret=True),
        code_question("code", "Code", *CODES),
    ]
    await fill(visit, questions, {}, submit)
