"""What operators do to accounts by command, without a session. Nothing here shows or sets a password."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts import rules
from sshauth.accounts.acts import delete_account, set_disabled
from sshauth.accounts.audit import Audit, Happened
from sshauth.accounts.authenticator_resets import ask_for_code, live_reset, subject_of, take_away
from sshauth.accounts.clock import Clock
from sshauth.accounts.errors import Disabled, InvalidForm, Taken
from sshauth.accounts.first_steps import NAMES
from sshauth.accounts.lookup import hold_by_id, hold_by_name
from sshauth.accounts.mailed_codes import MailedCodes
from sshauth.accounts.outbox import MailKind
from sshauth.accounts.peer import NOWHERE, Peer
from sshauth.accounts.pending import TAKEN_EMAIL, TAKEN_USER_NAME, is_taken
from sshauth.accounts.session_ends import EndReason
from sshauth.accounts.sessions import end_sessions
from sshauth.db.engine import Database
from sshauth.db.tables import SessionRow, User


@dataclass(frozen=True, slots=True)
class Newcomer:
    """For whom an account is to be made; names may be blank: the person chooses them."""

    user_name: str
    email: str
    first_name: str = ""
    last_name: str = ""


@dataclass(frozen=True, slots=True)
class SetUpCode:
    """The code with which a person sets up an authenticator, and until when it works."""

    user_name: str
    email: str
    expires_at: datetime
    has_password: bool
    """Whether they type a password beside it: not before they have chosen one."""
    code: str = field(repr=False)
    """Blank where it is mailed."""


@dataclass(frozen=True, slots=True)
class Console:
    """The use cases. All but ``create`` raise GoneAway when nobody has the user name."""

    database: Database
    audit: Audit
    mailed_codes: MailedCodes
    clock: Clock
    app_name: str
    peer: Peer
    """The machine and its command line."""

    async def create(self, newcomer: Newcomer, *, is_shown: bool) -> SetUpCode:
        """Make an account for somebody, who sets password and authenticator with a code of 24 hours.

        The code is mailed, or given here, if it is to be shown.

        Raises:
            InvalidForm: with words for each value that cannot be accepted.
            Taken: the name or the address has an account.
        """
        user = self._user_of(newcomer)
        try:
            async with self.database.transaction() as session:
                if await is_taken(session, user.user_name, user.created_at):
                    raise Taken(TAKEN_USER_NAME)
                session.add(user)
                await session.flush()
                mail = MailKind.ACCOUNT_CREATED
                await ask_for_code(session, user, mail, user.created_at, is_shown=is_shown, keys_forgotten=0)
                self._write(session, Happened.ACCOUNT_CREATED, user, user.created_at, is_shown=is_shown)
                return await self._code_of(session, user, user.created_at, is_shown=is_shown)
        except IntegrityError:
            raise Taken(TAKEN_EMAIL) from None

    async def reset_authenticator(
        self, user_name: str, agree: Callable[[User], None], *, is_shown: bool
    ) -> SetUpCode:
        """Take a person's authenticators away and end their sessions; a code of 24 hours sets up anew.

        A code that was mailed before is dead. This also sends the code of a new account again.

        Raises:
            Disabled: the code would not work.
        """
        user_id = await self._look_at(user_name, agree)
        now = self.clock()
        async with self.database.transaction() as session:
            user = await hold_by_id(session, user_id)
            if user.disabled_at is not None:
                raise Disabled
            forgotten = await take_away(session, user, now, is_shown=is_shown)
            kind = Happened.AUTHENTICATOR_RESET
            self._write(session, kind, user, now, is_shown=is_shown, keys_forgotten=forgotten)
            return await self._code_of(session, user, now, is_shown=is_shown)

    async def set_disabled(self, user_name: str, *, disabled: bool) -> bool:
        """Disable an account, which ends its sessions, or enable it; False where it is so already."""
        now = self.clock()
        kind = Happened.ACCOUNT_DISABLED if disabled else Happened.ACCOUNT_ENABLED
        async with self.database.transaction() as session:
            user = await hold_by_name(session, user_name)
            changed = await set_disabled(session, user, now, disabled=disabled)
            if changed:
                self._write(session, kind, user, now)
        return changed

    async def end_sessions(self, user_name: str) -> int:
        """End every live session of a person; return how many there were."""
        now = self.clock()
        async with self.database.transaction() as session:
            user = await hold_by_name(session, user_name)
            theirs = SessionRow.user_id == user.id
            ended = len(await end_sessions(session, EndReason.BY_ADMIN, now, theirs))
            if ended:
                self._write(session, Happened.SESSIONS_ENDED, user, now, sessions=ended)
        return ended

    async def delete(self, user_name: str, agree: Callable[[User], None]) -> None:
        """Delete an account and all of its rows. The audit log keeps an id that means nothing any more."""
        user_id = await self._look_at(user_name, agree)
        now = self.clock()
        async with self.database.transaction() as session:
            user = await hold_by_id(session, user_id)
            self._write(session, Happened.ACCOUNT_DELETED, user, now)
            await delete_account(session, user, MailKind.ACCOUNT_REMOVED, NOWHERE, now)

    async def _look_at(self, user_name: str, agree: Callable[[User], None]) -> UUID:
        """Show an account to who is asked whether they agree, which may take them long: nothing is held.

        Give its id: by then somebody else may have the name.
        """
        async with self.database.transaction() as session:
            user = await hold_by_name(session, user_name)
        agree(user)
        return user.id

    async def _code_of(
        self, session: AsyncSession, user: User, now: datetime, *, is_shown: bool
    ) -> SetUpCode:
        waiting = await live_reset(session, user, now)
        code = self.mailed_codes.code_for(subject_of(user, waiting)) if is_shown else ""
        expires_at = waiting.expires_at if waiting else now
        return SetUpCode(user.user_name, user.email, expires_at, bool(user.password_hash), code)

    def _user_of(self, newcomer: Newcomer) -> User:
        texts = {"user_name": newcomer.user_name, "email": newcomer.email}
        names = {"first_name": newcomer.first_name, "last_name": newcomer.last_name}
        checks = {
            "user_name": lambda text: rules.check_user_name(text, app_name=self.app_name),
            "email": rules.check_email,
            **{name: check for name, check in NAMES.items() if names[name]},
        }
        values, problems = rules.check_each(checks, {**texts, **names})
        if problems:
            raise InvalidForm(problems)
        return User(
            id=uuid.uuid4(),
            **{**names, **values},
            user_name_canonical=rules.canonical(values["user_name"]),
            email_canonical=rules.canonical(values["email"]),
            password_hash="",
            password_generation=1,
            recovery_codes_kept=False,
            created_at=self.clock(),
        )

    def _write(
        self, session: AsyncSession, kind: Happened, user: User, now: datetime, *, is_shown: bool = False,
        **data: int,
    ) -> None:  # fmt: skip
        """Write down what was done to whom, from which machine."""
        shown = {"shown": True} if is_shown else {}
        self.audit.write(session, kind, self.peer, now, user_id=user.id, by_admin=True, **shown, **data)
