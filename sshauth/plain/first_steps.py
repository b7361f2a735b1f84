"""Setting up an account that an operator made: names and a password, before the authenticator."""

from collections.abc import Mapping
from dataclasses import asdict

from sshauth.accounts import rules
from sshauth.accounts.enrolment import Enrolment
from sshauth.accounts.first_steps import Chosen, FirstForm
from sshauth.plain.passwords import new_password_question
from sshauth.plain.questions import Question, fill, rule
from sshauth.plain.visit import Visit

YOURS = "Welcome, {user_name}. Now make this account yours: your names, and a password."


async def take_first_steps(visit: Visit, enrolment: Enrolment) -> Chosen | None:
    """Ask for names and a password, where the account is new; nothing is kept before the first code."""
    if enrolment.first_steps is None:
        return None
    values = asdict(enrolment.first_steps)

    async def submit(answers: Mapping[str, str]) -> Chosen:
        form = FirstForm(**answers, repeat_password=answers["password"])
        return await visit.accounts.renewal.first_steps.choose(enrolment, form, visit.peer)

    def own_words() -> tuple[str, ...]:
        names = (values.get(name, "") for name in ("first_name", "last_name"))
        return (*names, enrolment.user_name, enrolment.email)

    visit.talk.say(YOURS.format(user_name=enrolment.user_name))
    questions = [
        Question("first_name", "First name", check=rule(rules.check_name)),
        Question("last_name", "Last name", check=rule(rules.check_name)),
        new_password_question(visit, "Password", own_words),
    ]
    return await fill(visit, questions, values, submit)
