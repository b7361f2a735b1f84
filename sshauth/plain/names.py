"""Whose account: the question for user name or email, which takes no mailed code for a name."""

import re
from collections.abc import Awaitable, Callable

from sshauth.accounts import code_shapes
from sshauth.accounts.code_shapes import Shape
from sshauth.plain.questions import Question
from sshauth.plain.visit import Visit

NO_NAME = "That is a code from a mail, not a name. Type your user name or email here."

_NAME = re.compile(r"[\w.-]{2,32}")

IsCode = Callable[[str], Awaitable[str | None]]


async def _is_no_name(_code: str) -> str | None:
    return NO_NAME


def login_question(
    visit: Visit,
    label: str = "User name or email",
    *,
    is_code: IsCode = _is_no_name,
    **commands: Callable[[], Awaitable[None]],
) -> Question:
    """Ask whose account it is; ``is_code`` says what to do with a mailed code that is typed here."""

    async def check(answer: str) -> str | None:
        code = mailed_code_in(answer)
        if code is not None:
            return await is_code(code)
        if not _may_be_one(answer):
            # A password, perhaps, that stands there for all to read.
            visit.talk.traces.leave()
        return None

    return Question("login", label, check=check, commands=commands)


def mailed_code_in(answer: str) -> str | None:
    """Find a mailed code in what was typed for a name.

    Without dashes and in small letters it is one as little as many a user name of sixteen letters.
    """
    if "@" in answer or (answer.isalnum() and answer != answer.upper()):
        return None
    return code_shapes.found_in(answer, (Shape.MAILED,))


def _may_be_one(answer: str) -> bool:
    return "@" in answer or _NAME.fullmatch(answer) is not None


def without_code(name: str) -> str:
    """Give what may be offered as a name: nothing, if it is a code."""
    return name if mailed_code_in(name) is None else ""
