"""What administrators do. Nothing here shows or sets a password."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts import admin_views, rules
from sshauth.accounts.acts import set_disabled
from sshauth.accounts.admin_activity import PersonHappening, everybodys_activity
from sshauth.accounts.admin_views import MOST_SHOWN, LiveInfo, NodeLoad, Person, QueuedMail, Standing
from sshauth.accounts.audit import Audit, Happened
from sshauth.accounts.authenticator_resets import take_away
from sshauth.accounts.authority import hold_as_admin, require_admin
from sshauth.accounts.clock import Clock
from sshauth.accounts.errors import Disabled, GoneAway, InvalidForm, NotYourself
from sshauth.accounts.lookup import NOBODY
from sshauth.accounts.peer import NOWHERE, Identity, Peer
from sshauth.accounts.session_ends import EndReason
from sshauth.accounts.sessions import SessionInfo, end_sessions, list_sessions
from sshauth.accounts.throttle import Limit, Throttles
from sshauth.db.engine import Database
from sshauth.db.tables import Announcement, SessionRow

ANNOUNCEMENT_LENGTH = 200
ANNOUNCEMENTS = Limit("announcements", 10, timedelta(hours=1), "announcements")
"""By administrator: each one lies over everybody's screen."""
NOT_THEIR_NAME = "Type the user name of this account, to show that you mean it."

# Whoever shows them needs these names beside the class.
__all__ = ["Administration", "LiveInfo", "NodeLoad", "Person", "PersonHappening", "QueuedMail", "Standing"]


@dataclass(frozen=True, slots=True)
class Administration:
    """The use cases of administrators.

    All raise NotAdministrator when who asks is none any more, and GoneAway when their session has ended. What
    changes something raises ConfirmationNeeded, and GoneAway when whom it concerns is not there any more.
    """

    database: Database
    throttles: Throttles
    audit: Audit
    clock: Clock
    mail_is_waiting: Callable[[], None]

    async def standing(self, admin: Identity) -> Standing:
        """Give how many people, sessions and mails there are."""
        async with self._looking(admin) as session:
            return await admin_views.how_things_stand(session)

    async def people(self, admin: Identity, search: str = "") -> tuple[Person, ...]:
        """Give the newest 500 people, or of those whose user name, name or email holds some words."""
        async with self._looking(admin) as session:
            return await admin_views.find_people(session, search, self.clock())

    async def person(self, admin: Identity, user_id: UUID) -> Person:
        """Give a person as they are now.

        Raises:
            GoneAway: the account was deleted.
        """
        async with self._looking(admin) as session:
            person = await admin_views.find_person(session, user_id, self.clock())
        if person is None:
            raise GoneAway
        return person

    async def sessions_of(self, admin: Identity, user_id: UUID) -> tuple[SessionInfo, ...]:
        """Give a person's sessions: live ones first, then those that ended, each the newest first."""
        async with self._looking(admin) as session:
            return await list_sessions(session, user_id, this=admin.session_id)

    async def live(self, admin: Identity) -> tuple[LiveInfo, ...]:
        """Give everybody's live sessions, the newest 500."""
        async with self._looking(admin) as session:
            return await admin_views.live_sessions(session, this=admin.session_id)

    async def load(self, admin: Identity) -> tuple[NodeLoad, ...]:
        """Give how many sessions each process has."""
        async with self._looking(admin) as session:
            return await admin_views.load_of_nodes(session)

    async def activity(self, admin: Identity, limit: int = MOST_SHOWN) -> tuple[PersonHappening, ...]:
        """Give what happened to everybody, the newest first."""
        async with self._looking(admin) as session:
            return await everybodys_activity(session, limit)

    async def mail_queue(self, admin: Identity) -> tuple[QueuedMail, ...]:
        """Give the mails that wait to be sent, then those that were given up."""
        async with self._looking(admin) as session:
            return await admin_views.queued_mail(session)

    async def end_session(self, admin: Identity, session_id: UUID, peer: Peer) -> None:
        """End a live session.

        Raises:
            GoneAway: it has ended already.
        """
        now = self.clock()
        async with self.database.transaction() as session:
            owner = await session.scalar(select(SessionRow.user_id).where(SessionRow.id == session_id))
            user = await hold_as_admin(session, admin, owner or NOBODY, now)
            if not await end_sessions(session, EndReason.BY_ADMIN, now, SessionRow.id == session_id):
                raise GoneAway
            self._write(session, Happened.SESSIONS_ENDED, admin, user.id, peer, now, sessions=1)

    async def end_sessions_of(self, admin: Identity, user_id: UUID, peer: Peer) -> int:
        """End every live session of a person but the one that this is done in; return how many there were."""
        now = self.clock()
        theirs = (SessionRow.user_id == user_id, SessionRow.id != admin.session_id)
        async with self.database.transaction() as session:
            await hold_as_admin(session, admin, user_id, now)
            ended = len(await end_sessions(session, EndReason.BY_ADMIN, now, *theirs))
            if ended:
                self._write(session, Happened.SESSIONS_ENDED, admin, user_id, peer, now, sessions=ended)
        return ended

    async def disable(self, admin: Identity, user_id: UUID, peer: Peer) -> None:
        """Let nobody sign in to an account any more; its sessions end (ASVS 7.4).

        Raises:
            NotYourself: it is the administrator's own.
        """
        await self._set_disabled(admin, user_id, peer, disabled=True)

    async def enable(self, admin: Identity, user_id: UUID, peer: Peer) -> None:
        """Let a disabled account be used again.

        Raises:
            NotYourself: it is the administrator's own.
        """
        await self._set_disabled(admin, user_id, peer, disabled=False)

    async def reset_authenticator(self, admin: Identity, user_id: UUID, typed_name: str, peer: Peer) -> None:
        """Take a person's authenticators away, and mail them a code to set up a new one; every session ends.

        A code that was mailed before is dead.

        Raises:
            NotYourself: it is the administrator's own account.
            InvalidForm: what was typed is not the account's user name.
            Disabled: the code would not work.
        """
        now = self.clock()
        async with self.database.transaction() as session:
            user = await hold_as_admin(session, admin, user_id, now)
            if user.id == admin.user_id:
                raise NotYourself
            if rules.canonical(typed_name[: rules.NAME_LENGTH]) != user.user_name_canonical:
                raise InvalidForm({"name": NOT_THEIR_NAME})
            if user.disabled_at is not None:
                raise Disabled
            forgotten = await take_away(session, user, now)
            kind = Happened.AUTHENTICATOR_RESET
            self._write(session, kind, admin, user.id, peer, now, keys_forgotten=forgotten)
        self.mail_is_waiting()

    async def announce(self, admin: Identity, words: str, peer: Peer) -> None:
        """Say something to everybody who is signed in, within seconds.

        Raises:
            InvalidForm: the words cannot be shown, or are none, or too many.
            TooManyTries: this administrator has announced too much; this was not announced.
        """
        try:
            checked = rules.check_name(words, longest=ANNOUNCEMENT_LENGTH)
        except ValueError as error:
            raise InvalidForm({"words": str(error)}) from None
        now = self.clock()
        async with self.database.transaction() as session:
            user = await hold_as_admin(session, admin, admin.user_id, now)
            await self.throttles.reserve(session, now, (ANNOUNCEMENTS, str(user.id)))
            session.add(Announcement(words=checked, at=now))
            self.audit.write(session, Happened.ANNOUNCED, peer, now, user_id=user.id)

    async def _set_disabled(self, admin: Identity, user_id: UUID, peer: Peer, *, disabled: bool) -> None:
        now = self.clock()
        kind = Happened.ACCOUNT_DISABLED if disabled else Happened.ACCOUNT_ENABLED
        async with self.database.transaction() as session:
            user = await hold_as_admin(session, admin, user_id, now)
            if user.id == admin.user_id:
                raise NotYourself
            if not await set_disabled(session, user, now, disabled=disabled):
                return
            self._write(session, kind, admin, user.id, peer, now)
        self.mail_is_waiting()

    @asynccontextmanager
    async def _looking(self, admin: Identity) -> AsyncIterator[AsyncSession]:
        async with self.database.transaction() as session:
            await require_admin(session, admin)
            yield session

    def _write(
        self,
        session: AsyncSession,
        kind: Happened,
        admin: Identity,
        user_id: UUID,
        peer: Peer,
        now: datetime,
        **data: int,
    ) -> None:
        """Write down who did it and to whom; and for the person concerned that it was an administrator."""
        self.audit.write(session, kind, peer, now, user_id=admin.user_id, user=str(user_id), **data)
        if user_id != admin.user_id:
            self.audit.write(session, kind, NOWHERE, now, user_id=user_id, by_admin=True, **data)
