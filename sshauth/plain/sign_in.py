"""Signing in: by password and code, or by a remembered key and a code."""

from collections.abc import Mapping
from functools import partial

from sshauth.accounts import renewal
from sshauth.accounts.code_shapes import Shape
from sshauth.accounts.enrolment import Enrolment, Registered
from sshauth.accounts.errors import AccountError, SignInRefused
from sshauth.accounts.peer import Identity
from sshauth.accounts.ssh_keys import Recognised
from sshauth.plain.first_steps import take_first_steps
from sshauth.plain.keeping import welcome
from sshauth.plain.names import login_question
from sshauth.plain.questions import (
    LONGEST_SECRET,
    Question,
    code_in,
    code_question,
    fill,
    is_yes,
    yes_or_no,
)
from sshauth.plain.setting_up import set_up
from sshauth.plain.visit import Visit

ANY_CODE = (Shape.DIGITS, Shape.RECOVERY, Shape.MAILED)
WHICH_CODE = (
    "The code is the six digits that your authenticator app shows. Without your phone, type a recovery code; "
    "after a reset by an administrator, the code from the mail. For an account that was made for you, type "
    "new for the password, and the code that you got."
)
SET_UP = "Your authenticator is set up, and you are signed in."
RECOGNISED = (
    "Your key {fingerprint} is remembered: it stands for the password of {user_name}. Only the code is asked."
)
REFUSED = (
    "That code is wrong, or refused for now. Type the one your app shows now; "
    "p asks for your password instead."
)
FORGOTTEN = "This key signs you in no more. Please use your password."


class _ByPassword(Exception):  # noqa: N818 - it is a way, and no error
    """The person wants to give the password after all."""


class _KeyForgotten(AccountError):  # noqa: N818 - named for what happened
    """The key of the connection is not remembered any more."""

    message = FORGOTTEN


async def sign_in(visit: Visit) -> None:
    """Sign somebody in."""
    if visit.recognised is None:
        await _by_password(visit)
        return
    try:
        identity = await _by_key(visit, visit.recognised)
    except (_ByPassword, _KeyForgotten) as way:
        if isinstance(way, _KeyForgotten):
            visit.recognised = None
            visit.talk.complain(way.message)
        await _by_password(visit)
    else:
        visit.stay.let_in(identity)


async def _by_key(visit: Visit, recognised: Recognised) -> Identity:
    """Sign in; who has proven the key may know whether it is the code or the key that is not taken."""

    async def otherwise() -> None:
        raise _ByPassword

    async def submit(values: Mapping[str, str]) -> Identity:
        try:
            code = code_in(values["code"], Shape.DIGITS, Shape.RECOVERY)
            return await visit.accounts.sign_in.by_key(code, visit.peer)
        except SignInRefused:
            if await visit.accounts.ssh_keys.recognise(visit.peer) == recognised:
                raise SignInRefused(REFUSED, field="code") from None
        raise _KeyForgotten

    visit.talk.say(RECOGNISED.format(fingerprint=recognised.fingerprint, user_name=recognised.user_name))
    question = code_question(
        "code", "Code, or p for your password", Shape.DIGITS, Shape.RECOVERY, p=otherwise
    )
    return await fill(visit, [question], {}, submit, ends=(_KeyForgotten,))


async def _by_password(visit: Visit) -> None:
    talk = visit.talk
    talk.say(WHICH_CODE)
    questions = [
        login_question(visit),
        Question("password", "Password", LONGEST_SECRET, is_secret=True),
        code_question("code", "Code", *ANY_CODE),
    ]
    values = {"login": visit.typed.get("login", ""), "remember": "no"}
    if visit.peer.key is not None and visit.recognised is None:
        label = f"Shall your key {visit.peer.key.fingerprint} stand for the password from now on? yes or no"
        questions.insert(2, Question("remember", label, check=yes_or_no))
    try:
        come = await fill(visit, questions, values, partial(_submit, visit))
    finally:
        visit.typed["login"] = values.get("login", "")
    if isinstance(come, Enrolment):
        await _set_up_anew(visit, come)
    else:
        visit.stay.let_in(come)


async def _submit(visit: Visit, values: Mapping[str, str]) -> Identity | Enrolment:
    login, password, code = values["login"], values["password"], code_in(values["code"], *ANY_CODE)
    if renewal.looks_like_one(code):
        return await visit.accounts.renewal.begin(login, password, code, visit.peer)
    remember_key = is_yes(values["remember"])
    return await visit.accounts.sign_in(login, password, code, visit.peer, remember_key=remember_key)


async def _set_up_anew(visit: Visit, enrolment: Enrolment) -> None:
    """Set up an authenticator in the place of one that an administrator has reset, or a new account."""
    with visit.stay.waiting():
        chosen = await take_first_steps(visit, enrolment)

        async def confirm(code: str) -> Registered:
            return await visit.accounts.renewal.confirm(enrolment, code, visit.peer, chosen)

        registered = await set_up(visit, enrolment, confirm)
    await welcome(visit, registered, SET_UP)
