"""Home: who is signed in, what needs attention, and what can be done."""

from collections.abc import Awaitable, Callable, Iterator
from functools import partial

from sshauth.accounts.overview import Overview
from sshauth.accounts.peer import client_name
from sshauth.accounts.session_ends import EndReason
from sshauth.plain.menu import Choice, Menu
from sshauth.plain.security import change_password, make_new_codes, replace_authenticator
from sshauth.plain.sessions import look_at_sessions
from sshauth.plain.visit import Visit
from sshauth.times import ago, exactly

FEW = 3
"""Recovery codes that are few enough to say so."""
MOST_HAPPENINGS = 20

FIRST_TIME = "This is your first time here."
NOT_KEPT = "Warning: you have not shown that you kept your recovery codes. Make new ones."
CLOCK = "Warning: your phone's clock is a little ahead. Set it to automatic."
SIGNED_OUT = "You are signed out."


async def come_home(visit: Visit) -> None:
    """Greet somebody who has just signed in."""
    overview = await visit.attempt(visit.accounts.overview, visit.me, visit.peer)
    visit.talk.say(f"Welcome, {overview.first_name}. You are signed in as {visit.me.user_name}.")
    visit.talk.say(_last_time(visit))
    for words in _warnings(overview):
        visit.talk.say(words)


def menu_at_home(
    visit: Visit, *, give_help: Callable[[], Awaitable[None]], leave: Callable[[], Awaitable[None]]
) -> Menu:
    """Offer a signed-in person what there is."""
    return Menu(
        visit.talk,
        (
            Choice("s", "sessions", partial(look_at_sessions, visit)),
            Choice("a", "activity: what happened to your account", partial(look_at_activity, visit)),
            Choice("p", "change password", partial(change_password, visit)),
            Choice("n", "new phone: replace your authenticator", partial(replace_authenticator, visit)),
            Choice("r", "new recovery codes", partial(make_new_codes, visit)),
            Choice("o", "sign out", partial(sign_out, visit)),
            Choice("h", "help", give_help),
            Choice("l", "leave", leave),
        ),
    )


def _last_time(visit: Visit) -> str:
    last = visit.me.last_sign_in
    if last is None:
        return FIRST_TIME
    return (
        f"Last time: {exactly(last.at, visit.zone)}, from {last.address}. "
        "Not you? Change your password: that ends every other session."
    )


def _warnings(overview: Overview) -> Iterator[str]:
    left = overview.recovery_codes_left
    if overview.by_recovery_code and left > FEW:
        yield f"You came in by a recovery code: {left} are left."
    if left <= FEW:
        codes = "code is" if left == 1 else "codes are"
        yield f"Warning: {f'only {left}' if left else 'no'} recovery {codes} left. Make new ones."
    if not overview.recovery_codes_kept:
        yield NOT_KEPT
    if overview.failures:
        tries = "try" if overview.failures == 1 else "tries"
        yield f"Warning: {overview.failures} failed {tries} since your last sign-in. Activity tells more."
    if overview.clock_is_ahead:
        yield CLOCK


async def look_at_activity(visit: Visit) -> None:
    """Read out what happened lately."""
    happenings = await visit.attempt(visit.accounts.activity.recent, visit.me)
    now = visit.accounts.sessions.clock()
    for each in happenings[:MOST_HAPPENINGS]:
        visit.talk.say(
            f"{ago(each.at, now, visit.zone)}: {each.words}, from {each.address} "
            f"by {client_name(each.client)}. {exactly(each.at, visit.zone)}."
        )
    if len(happenings) > MOST_HAPPENINGS:
        visit.talk.say(f"These were the last {MOST_HAPPENINGS}.")


async def sign_out(visit: Visit) -> None:
    """End the session; nothing of what was typed is kept for the next to sign in here."""
    visit.typed = {"login": visit.me.user_name}
    visit.stay.let_go(EndReason.SIGNED_OUT)
    visit.stay.begin()
    visit.recognised = await visit.recognise()
    visit.talk.say(SIGNED_OUT)
