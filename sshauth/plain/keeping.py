"""Recovery codes: ten of them, read out this once, and a question that proves that they were kept."""

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence

from sshauth.accounts import crockford
from sshauth.accounts.code_shapes import Shape
from sshauth.accounts.enrolment import Registered
from sshauth.accounts.errors import AccountError
from sshauth.plain.questions import agrees, code_in, code_question, fill
from sshauth.plain.talk import Cancelled, Left, Talk
from sshauth.plain.visit import Visit

FOR_WHAT = (
    "Your ten recovery codes. Each of them signs you in once, without your phone. Keep them where your phone "
    "is not: on paper, or in a password manager. They are not shown again later."
)
LETTERS = "They hold digits and letters, but never the letters I, L, O or U."
LEAVING = (
    "You have not shown that you kept your codes. {key} once more leaves without showing that you kept them; "
    "you can make new ones from the menu."
)
KEPT = "Thank you, you have them."
CLEAR = "\x1b[3J\x1b[2J\x1b[H"
"""Takes away what was scrolled off, the screen, and the place on it."""
SHALL_IT_BE_CLEARED = "Secrets were shown or typed. Clear this screen and what was scrolled off it?"
CLEAR_IT_YOURSELF = (
    "What was secret stands in your terminal's history. Clear it there, or close its window when you are "
    "done."
)


async def keep_codes(visit: Visit, codes: Sequence[str], kept: Callable[[], Awaitable[None]]) -> None:
    """Read the codes out, and ask for one of them.

    Raises:
        Left: the person left, twice.
    """
    talk = visit.talk
    talk.traces.leave()
    _read_out(talk, codes)
    number = secrets.randbelow(len(codes)) + 1

    async def again() -> None:
        _read_out(talk, codes)

    async def submit(values: Mapping[str, str]) -> None:
        code = code_in(values["code"], Shape.RECOVERY)
        if crockford.normalise(code) != crockford.normalise(codes[number - 1]):
            raise AccountError(f"That is not code number {number}. Type a to hear them again.", field="code")
        await kept()
        talk.say(KEPT)

    talk.say(LETTERS)
    talk.say("To be sure that you have them: type one from where you keep them. Type a to hear all again.")
    question = code_question("code", f"Code number {number}", Shape.RECOVERY, a=again)
    warned: set[type[Exception]] = set()
    while True:
        try:
            await fill(visit, [question], {}, submit)
        except (Cancelled, Left) as way:
            if type(way) in warned:
                if isinstance(way, Left):
                    raise
                return
            warned.add(type(way))
            talk.complain(LEAVING.format(key="Ctrl+D" if isinstance(way, Left) else "Ctrl+C"))
        else:
            return


def _read_out(talk: Talk, codes: Sequence[str]) -> None:
    talk.say(FOR_WHAT)
    for number, code in enumerate(codes, 1):
        talk.say(f"{number}: {code}")


async def welcome(visit: Visit, registered: Registered, words: str) -> None:
    """Let somebody in who has just set up their authenticator, say so, and give them recovery codes."""
    visit.stay.let_in(registered.identity)
    visit.talk.say(words)

    async def kept() -> None:
        await visit.accounts.security.recovery_codes_were_kept(visit.me)

    await keep_codes(visit, registered.recovery_codes, kept)
    await offer_to_clear(visit)


async def offer_to_clear(visit: Visit) -> None:
    """Ask whether what was secret is to be cleared off the terminal."""
    if not visit.talk.traces:
        return
    visit.talk.traces.clear()
    if not visit.talk.terminal.knows_codes:
        visit.talk.say(CLEAR_IT_YOURSELF)
    elif await agrees(visit.talk, SHALL_IT_BE_CLEARED, usually="no"):
        visit.talk.show(CLEAR)
        visit.talk.say("Cleared.")
