"""What the commands about mail do and say."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict

from sshauth.accounts import rules
from sshauth.accounts.admin_views import QueuedMail, queued_mail
from sshauth.accounts.audit import Happened
from sshauth.accounts.clock import utc_now
from sshauth.accounts.errors import InvalidForm
from sshauth.config import Settings
from sshauth.greeting import outbox
from sshauth.ground import StartError, transport_of
from sshauth.mail.messages import trial
from sshauth.mail.queue import try_again
from sshauth.mail.transport import MailError, compose
from sshauth.operating.accounts import reached
from sshauth.operating.databases import AUDIT, here
from sshauth.operating.tables import as_json, counted, moment, table

Say = Callable[[str], None]

HEADINGS = ("ID", "ABOUT", "USER NAME", "ASKED FOR (UTC)", "TRIES", "STATE")
EMPTY = "No mail waits to be sent, and none was given up."


async def show(settings: Settings, limit: int, say: Say, warn: Say, *, in_json: bool) -> None:
    """Say which mails wait to be sent, and which were given up: what they are about, never what they say.

    Raises:
        StartError: the database cannot be used.
    """
    async with reached(settings) as it, it.database.transaction() as session:
        mails = await queued_mail(session, limit=limit + 1)
    if len(mails) > limit:
        warn(f"Only {limit} are shown: --limit shows more.")
    if in_json:
        say(as_json([asdict(each) for each in mails[:limit]]))
    else:
        say(table(HEADINGS, [_row(each) for each in mails[:limit]]) if mails else EMPTY)


async def retry(settings: Settings, ids: Sequence[int], say: Say) -> None:
    """Have mails tried again now that wait or were given up: these, or all.

    Raises:
        StartError: the database cannot be used.
    """
    now = utc_now()
    async with reached(settings) as it, it.database.transaction() as session:
        count = await try_again(session, now, ids)
        if count:
            AUDIT.write(session, Happened.MAIL_RETRIED, here(), now, user_id=None, mails=count)
    if not count:
        say(
            "There is no such mail that waits for a later try or was given up."
            if ids
            else "No mail waits for a later try, and none was given up."
        )
    else:
        mails = counted(count, "mail")
        say(f"The running service tries {mails} again within seconds. What still waits: sshauth mail queue")


async def try_out(settings: Settings, address: str, say: Say) -> None:
    """Send a mail at once, past the queue, and say what became of it.

    Raises:
        InvalidForm: that is no address.
        StartError: it was not sent.
        ConfigError: the settings of mail do not go together.
    """
    try:
        to = rules.check_email(address)
    except ValueError as error:
        raise InvalidForm({"address": str(error)}) from None
    transport, now = transport_of(settings), utc_now()
    began = time.monotonic()
    try:
        content = trial(settings.app_name, here().address, now)
        message = await asyncio.to_thread(
            compose,
            content,
            sender=settings.sender,
            to=to,
            now=now,
            message_id_domain=settings.public_host,
        )
        await transport.send(message)
    except MailError as error:
        raise StartError(f"The mail was not sent: {str(error).rstrip('.')}.") from None
    if settings.mail is None:
        say(f"No mail server is set (MAIL_SERVER): the mail lies in {outbox(settings)}.")
    else:
        server, took = f"{settings.mail.host}:{settings.mail.port}", time.monotonic() - began
        say(f"{server} took the mail for {to} in {took:.1f} s. Look whether it arrives, among the spam too.")


def _row(each: QueuedMail) -> list[str]:
    state = f"given up {moment(each.dead_at)}" if each.dead_at else f"next try {moment(each.due_at)}"
    return [str(each.id), each.about, each.user_name, moment(each.created_at), str(each.tries), state]
