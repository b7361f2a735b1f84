"""A new password: asked twice, and judged before anything is done with it."""

from collections.abc import Callable, Iterable
from functools import partial

from sshauth.accounts import rules
from sshauth.accounts.errors import Busy
from sshauth.plain.questions import LONGEST_SECRET, Question
from sshauth.plain.visit import Visit

ADVICE = "The password: 12 characters or more. A few words that do not belong together are good."


def new_password_question(visit: Visit, label: str, own_words: Callable[[], Iterable[str]]) -> Question:
    """Ask for a new password; ``own_words`` give what it must not be made of."""

    async def check(password: str) -> str | None:
        try:
            checked = rules.check_password(password)
            judge = partial(visit.accounts.strength.judge, own_words=tuple(own_words()))
            verdict = await visit.attempt(partial(judge, source=visit.peer.source), checked)
        except ValueError as error:
            return str(error)
        except Busy:
            return None  # it is judged again when it is set
        if not verdict.is_enough:
            return f"That password is easy to guess. {verdict.advice}"
        visit.talk.say(f"Strength of the password: {verdict.label.lower()}.")
        return None

    return Question(
        "password", label, LONGEST_SECRET, is_secret=True, hint=ADVICE, is_new_password=True, check=check
    )
