"""Creating an account: the answers, the code from the mail, the authenticator, the recovery codes."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from sshauth.accounts import rules
from sshauth.accounts.code_shapes import Shape
from sshauth.accounts.enrolment import Enrolment, Registered
from sshauth.accounts.entrance import Entrance
from sshauth.accounts.errors import TooManyTries
from sshauth.accounts.new_account import NewAccount
from sshauth.plain.keeping import welcome
from sshauth.plain.passwords import new_password_question
from sshauth.plain.questions import Question, code_in, code_question, fill, rule
from sshauth.plain.setting_up import GONE, set_up
from sshauth.plain.visit import Visit

WHAT_COMES = (
    "You need an authenticator app on your phone, such as Aegis, FreeOTP or Google Authenticator; "
    "it is set up after these questions."
)
INVITATION = "This takes an invitation; without one, ask {ask}."
SENT_AGAIN = "Sent again, if your address can have mail. It may take a minute; look among the spam too."
MADE = "Your account is made, and you are signed in."
OWN_WORDS = ("first_name", "last_name", "user_name", "email")


async def register(visit: Visit) -> None:
    """Create an account and let its person in; left at any point, nothing of it stays."""
    values = {name: visit.typed.get(name, "") for name in OWN_WORDS}
    visit.talk.say(WHAT_COMES)
    if visit.entrance.entrance is Entrance.INVITE:
        visit.talk.say(INVITATION.format(ask=visit.entrance.ask))
    try:
        enrolment = await _begin(visit, values)
    finally:
        visit.typed.update({name: values.get(name, "") for name in OWN_WORDS})
    registration = visit.accounts.registration

    async def confirm(code: str) -> Registered:
        return await registration.confirm(enrolment, code, visit.peer)

    async with _abandoned_if_left(visit, enrolment):
        with visit.stay.waiting():
            if not enrolment.address_confirmed:
                await _confirm_address(visit, enrolment)
            registered = await set_up(visit, enrolment, confirm)
    visit.typed = {"login": enrolment.user_name}
    await welcome(visit, registered, MADE)


async def _begin(visit: Visit, values: dict[str, str]) -> Enrolment:
    registration = visit.accounts.registration

    async def name_is_free(answer: str) -> str | None:
        try:
            return await visit.attempt(registration.user_name_problem, answer, visit.peer)
        except TooManyTries:
            return None  # it is looked up when the account is made

    async def submit(answers: Mapping[str, str]) -> Enrolment:
        invitation = code_in(answers.get("invitation", ""), Shape.MAILED)
        form = {**answers, "repeat_password": answers["password"], "invitation": invitation}
        return await registration.begin(NewAccount(**form), visit.peer)

    questions = [
        Question("first_name", "First name", check=rule(rules.check_name)),
        Question("last_name", "Last name", check=rule(rules.check_name)),
        Question("user_name", "User name", check=name_is_free),
        Question("email", "Email", check=rule(visit.entrance.check_email)),
        new_password_question(visit, "Password", lambda: (values.get(name, "") for name in OWN_WORDS)),
    ]
    if visit.entrance.entrance is Entrance.INVITE:
        questions.insert(0, code_question("invitation", "Invitation", Shape.MAILED))
    return await fill(visit, questions, values, submit)


async def _confirm_address(visit: Visit, enrolment: Enrolment) -> None:
    """Ask for the code from the mail. Nothing here tells whether the address has an account already."""
    registration = visit.accounts.registration

    async def send_again() -> None:
        await visit.attempt(registration.send_again, enrolment, visit.peer)
        visit.talk.say(SENT_AGAIN)

    async def submit(values: Mapping[str, str]) -> None:
        code = code_in(values["mail_code"], Shape.MAILED)
        await registration.confirm_address(enrolment, code, visit.peer)

    visit.talk.say(f"We sent a code to {enrolment.email}. Type r to have it sent again.")
    question = code_question("mail_code", "Code from the mail", Shape.MAILED, r=send_again)
    await fill(visit, [question], {}, submit, ends=GONE)


@asynccontextmanager
async def _abandoned_if_left(visit: Visit, enrolment: Enrolment) -> AsyncIterator[None]:
    """Free the user name of a registration that is left, by whatever way: keys, connection, server."""
    try:
        yield
    except BaseException:
        await visit.accounts.registration.abandon(enrolment)
        raise
