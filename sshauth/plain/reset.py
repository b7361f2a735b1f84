"""Forgot password: a code by mail, a code of the authenticator or a recovery code, a new password."""

from collections.abc import Mapping

from sshauth.accounts.code_shapes import Shape
from sshauth.accounts.reset import NewPassword
from sshauth.plain.names import login_question
from sshauth.plain.passwords import new_password_question
from sshauth.plain.questions import code_in, code_question, fill
from sshauth.plain.visit import Visit

WHAT_COMES = (
    "A code goes to your email address. You will also need a code of your authenticator app, or a recovery "
    "code. If you have a code from a mail already, type the word code."
)
ON_ITS_WAY = "If that account exists, a code is on its way. Look into your mail."
CHANGED = "Password changed. Sign in with the new one."
HAS_CODE = "You have the code from the mail, then."
WHOSE = "Whose code is it? User name or email"
SECOND = (Shape.DIGITS, Shape.RECOVERY)


class _HasCode(Exception):  # noqa: N818 - it is a way, and no error
    """The person has a code from the mail already, and may have typed it."""

    def __init__(self, code: str = "") -> None:
        super().__init__()
        self.code = code


async def reset_password(visit: Visit) -> None:
    """Have a code mailed, and set a new password with it."""
    values = {"login": visit.typed.get("login", "")}
    visit.talk.say(WHAT_COMES)
    try:
        await _request(visit, values)
    except _HasCode as way:
        if way.code:
            visit.talk.say(HAS_CODE)
            values["reset_code"] = way.code
        await _change(visit, values, known=("reset_code",) if way.code else ())
    else:
        visit.talk.say(ON_ITS_WAY)
        with visit.stay.waiting():
            await _change(visit, values, known=("login",))


async def _request(visit: Visit, values: dict[str, str]) -> None:
    async def has_code() -> None:
        raise _HasCode

    async def is_code(code: str) -> str | None:
        raise _HasCode(code)

    async def submit(answers: Mapping[str, str]) -> None:
        await visit.accounts.reset.request(answers["login"], visit.peer)

    login = login_question(visit, is_code=is_code, code=has_code)
    try:
        await fill(visit, [login], values, submit)
    finally:
        visit.typed["login"] = values.get("login", "")


async def _change(visit: Visit, values: dict[str, str], *, known: tuple[str, ...]) -> None:
    async def submit(answers: Mapping[str, str]) -> None:
        form = NewPassword(
            login=answers["login"],
            reset_code=code_in(answers["reset_code"], Shape.MAILED),
            code=code_in(answers["code"], *SECOND),
            password=answers["password"],
            repeat_password=answers["password"],
        )
        await visit.accounts.reset.change(form, visit.peer)

    questions = [
        login_question(visit, WHOSE),
        code_question("reset_code", "Reset code from the mail", Shape.MAILED),
        new_password_question(visit, "New password", lambda: (values.get("login", ""),)),
        code_question("code", "Code of your app, or a recovery code", *SECOND),
    ]
    await fill(visit, questions, values, submit, known=known, together=("login", "reset_code"))
    visit.typed["login"] = values["login"]
    visit.recognised = await visit.recognise()
    visit.talk.say(CHANGED)
