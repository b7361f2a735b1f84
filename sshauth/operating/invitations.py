"""What the commands about invitations do and say. They change the database; a running service follows."""

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict
from datetime import timedelta

from sshauth.accounts.clock import utc_now
from sshauth.accounts.errors import GoneAway
from sshauth.accounts.invitations import OperatorInvitations
from sshauth.accounts.inviting import Invited, Inviting, InvitingPolicy, Standing
from sshauth.accounts.keyed_hash import KeyedHash
from sshauth.accounts.mailed_codes import MailedCodes
from sshauth.accounts.throttle import Throttles
from sshauth.config import Settings
from sshauth.db.engine import in_one_sentence
from sshauth.greeting import outbox
from sshauth.ground import database_of, entrance_of, sentence
from sshauth.mail.layout import moment as in_a_sentence
from sshauth.operating.databases import AUDIT, here
from sshauth.operating.tables import as_json, moment, table

Say = Callable[[str], None]

HEADINGS = ("EMAIL", "INVITED BY", "INVITED (UTC)", "WORKS UNTIL (UTC)")
BY_COMMAND = "-"
NONE = "No invitation waits to be used."
UNKNOWN = "No invitation of {email} waits to be used. Which do is said by: sshauth user invitations"


async def invite(settings: Settings, email: str, say: Say, *, is_shown: bool, in_json: bool) -> None:
    """Invite somebody to create an account: have the code mailed, or say it.

    Raises:
        InvalidForm: it is no address, or none that accounts may have.
        AccountError: nobody needs or could use an invitation, or this address has an account.
        StartError: the database cannot be used.
    """
    async with _invitations(settings) as invitations:
        invited = await invitations.invite(email, is_shown=is_shown)
    if in_json:
        say(as_json(_as_fields(invited, settings)))
    else:
        _tell(invited, settings, say)


async def show(settings: Settings, limit: int, say: Say, warn: Say, *, in_json: bool) -> None:
    """Say which invitations wait to be used, the newest first.

    Raises:
        StartError: the database cannot be used.
    """
    async with _invitations(settings) as invitations:
        found = await invitations.standing(limit + 1)
    if len(found) > limit:
        warn(f"Only the newest {limit} are shown: --limit shows more.")
    if in_json:
        say(as_json([{**asdict(each), "invited_by": each.invited_by or None} for each in found[:limit]]))
    elif found:
        say(table(HEADINGS, [_row(each) for each in found[:limit]]))
    else:
        say(NONE)


async def withdraw(settings: Settings, email: str, say: Say) -> None:
    """Take an invitation back.

    Raises:
        GoneAway: there is none for this address.
        StartError: the database cannot be used.
    """
    async with _invitations(settings) as invitations:
        try:
            await invitations.withdraw(email)
        except GoneAway:
            raise GoneAway(UNKNOWN.format(email=email)) from None
    say(f"The invitation of {email} works no more.")


@contextlib.asynccontextmanager
async def _invitations(settings: Settings) -> AsyncIterator[OperatorInvitations]:
    lifetime = timedelta(days=settings.invitation_days)
    policy = InvitingPolicy(entrance_of(settings), settings.mail is not None, lifetime)
    async with database_of(settings) as (database, keys):
        throttles = Throttles(KeyedHash.under(keys.secret_keys, "throttle"))
        inviting = Inviting(MailedCodes.under(keys.secret_keys), throttles, AUDIT, policy)
        with sentence(""), in_one_sentence(database.name):
            yield OperatorInvitations(database, inviting, utc_now, here())


def _tell(invited: Invited, settings: Settings, say: Say) -> None:
    """Say how the person gets on."""
    until = f"it works once, until {in_a_sentence(invited.expires_at)}"
    if invited.code:
        say(f"Give this invitation to {invited.email}; {until}:\n\n  {invited.code}\n")
        say(
            f"They connect with:\n\n  {settings.ssh_command}\n\n"
            "On the Sign in screen they press F2, Create account, and type it into the first field."
        )
        return
    say(f"The running service mails an invitation to {invited.email}; {until}.")
    if not invited.is_mailed:
        say(
            f"No mail server is set (MAIL_SERVER): the mail is written as a file to {outbox(settings)}. "
            f"To be shown an invitation here: sshauth user invite {invited.email} --print"
        )


def _as_fields(invited: Invited, settings: Settings) -> dict[str, object]:
    return {
        "email": invited.email,
        "expires_at": invited.expires_at,
        "invitation": invited.code or None,
        "mailed": not invited.code,
        "ssh_command": settings.ssh_command,
    }


def _row(each: Standing) -> list[str]:
    return [each.email, each.invited_by or BY_COMMAND, moment(each.invited_at), moment(each.expires_at)]
