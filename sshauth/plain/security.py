"""What a signed-in person changes: the password, the authenticator, the recovery codes."""

from collections.abc import Mapping, Sequence
from functools import partial

from sshauth.accounts.authenticators import AuthenticatorInfo
from sshauth.accounts.errors import ConfirmationNeeded
from sshauth.plain.confirming import confirmed
from sshauth.plain.keeping import keep_codes, offer_to_clear
from sshauth.plain.passwords import new_password_question
from sshauth.plain.questions import Question, agrees, answer_to, fill, is_yes, yes_or_no
from sshauth.plain.setting_up import GONE, set_up
from sshauth.plain.visit import Visit

CHANGED = "Password changed. Your other sessions are ended."
FORGOTTEN = "Your keys are forgotten."
REPLACED = "The new authenticator counts from now on, and the old one no more. Your other sessions are ended."
WHAT_NEW_CODES_MEAN = "You get ten new codes, shown once. The old ones are good no more from then on."


async def change_password(visit: Visit) -> None:
    """Set a new password."""
    accounts, me = visit.accounts, visit.me
    profile = await visit.attempt(accounts.security.profile, me)
    keys = await visit.attempt(accounts.ssh_keys.all, me, visit.peer)
    own_words = (profile.user_name, profile.email, profile.first_name, profile.last_name)
    questions = [new_password_question(visit, "New password", lambda: own_words)]
    if keys:
        questions.append(Question("forget", "Forget your remembered keys too? yes or no", check=yes_or_no))
    values = {"forget": "yes"}

    async def submit(answers: Mapping[str, str]) -> None:
        await accounts.security.change_password(
            me,
            answers["password"],
            answers["password"],
            visit.peer,
            forget_keys=is_yes(answers["forget"]),
        )

    await confirmed(visit, partial(fill, visit, questions, values, submit, ends=(ConfirmationNeeded,)))
    visit.talk.say(f"{CHANGED} {FORGOTTEN}" if keys and is_yes(values["forget"]) else CHANGED)


async def make_new_codes(visit: Visit) -> None:
    """Make new recovery codes."""
    security = visit.accounts.security
    visit.talk.say(WHAT_NEW_CODES_MEAN)
    if not await agrees(visit.talk, "Make new codes?", usually="no"):
        return

    async def make() -> tuple[str, ...]:
        return await visit.attempt(security.remake_recovery_codes, visit.me, visit.peer)

    codes = await confirmed(visit, make)
    await keep_codes(visit, codes, partial(security.recovery_codes_were_kept, visit.me))
    await offer_to_clear(visit)


async def replace_authenticator(visit: Visit) -> None:
    """Put a new authenticator in the place of an old one, which works until the new one's first code."""
    authenticators, me = visit.accounts.authenticators, visit.me
    old = await _which(visit, await visit.attempt(authenticators.all, me))

    async def replace() -> None:
        enrolment = await visit.attempt(authenticators.begin, me)

        async def confirm(code: str) -> None:
            await authenticators.replace(me, enrolment, old.id, old.name, code, visit.peer)

        await set_up(visit, enrolment, confirm, ends=(*GONE, ConfirmationNeeded))

    await confirmed(visit, replace)
    visit.talk.say(REPLACED)
    await offer_to_clear(visit)


async def _which(visit: Visit, all_of_them: Sequence[AuthenticatorInfo]) -> AuthenticatorInfo:
    """Ask which one, where there are two."""
    if len(all_of_them) == 1:
        return all_of_them[0]
    by_number = {str(number): each for number, each in enumerate(all_of_them, 1)}

    async def check(answer: str) -> str | None:
        return None if answer in by_number else f"Type a number from 1 to {len(by_number)}."

    for number, each in by_number.items():
        visit.talk.say(f"{number}: {each.name}")
    return by_number[await answer_to(visit.talk, Question("which", "Replace which one?", check=check))]
