"""What people do to their own account. Each asks for a recent confirmation, and mails them (row 19)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update

from sshauth.accounts import rules
from sshauth.accounts.acts import delete_account
from sshauth.accounts.audit import Audit, Happened
from sshauth.accounts.clock import Clock
from sshauth.accounts.confirmation import require_confirmation
from sshauth.accounts.errors import GoneAway, InvalidForm
from sshauth.accounts.key_rows import count_keys
from sshauth.accounts.new_account import NewPasswordCheck
from sshauth.accounts.outbox import MailKind, queue_mail
from sshauth.accounts.passwords import Passwords
from sshauth.accounts.peer import Identity, Peer
from sshauth.accounts.recovery import count_codes, make_codes
from sshauth.accounts.session_ends import EndReason
from sshauth.accounts.sessions import end_other_sessions
from sshauth.accounts.set_password import set_password
from sshauth.db.engine import Database
from sshauth.db.tables import User

NOT_YOUR_NAME = "Type your own user name, to show that you mean it."
NOTHING_NEW = "That is your password already."

THEME_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Profile:
    """What a person sees of their own account."""

    user_name: str
    first_name: str
    last_name: str
    email: str
    created_at: datetime
    password_changed_at: datetime | None
    recovery_codes_left: int
    recovery_codes_kept: bool


@dataclass(frozen=True, slots=True)
class Security:
    """The use cases. All but looking raise ConfirmationNeeded, and GoneAway when the session has ended."""

    database: Database
    passwords: Passwords
    check: NewPasswordCheck
    audit: Audit
    clock: Clock
    mail_is_waiting: Callable[[], None]

    async def profile(self, identity: Identity) -> Profile:
        """Give what there is to see.

        Raises:
            GoneAway: the account was deleted.
        """
        async with self.database.transaction() as session:
            user = await session.get(User, identity.user_id)
            if user is None:
                raise GoneAway
            left = await count_codes(session, user.id)
        return Profile(
            user.user_name,
            user.first_name,
            user.last_name,
            user.email,
            user.created_at,
            user.password_changed_at,
            left,
            user.recovery_codes_kept,
        )

    async def change_password(
        self,
        identity: Identity,
        password: str,
        repeat_password: str,
        peer: Peer,
        *,
        forget_keys: bool = True,
    ) -> None:
        """Set a new password; every other session of the account ends (ASVS 7.4), and SSH keys are forgotten.

        Raises:
            InvalidForm: the password cannot be accepted, or is the present one.
            Busy: too many passwords wait to be hashed.
        """
        async with self.database.transaction() as session:
            user = await require_confirmation(session, identity, self.clock())
        own_words = (user.user_name, user.email, user.first_name, user.last_name)
        if problems := await self.check.problems(
            password, repeat_password, *own_words, source=peer.source, known=True
        ):
            raise InvalidForm(problems)
        if await self.passwords.verify(user.password_hash, password, source=peer.source, known=True):
            raise InvalidForm({"password": NOTHING_NEW})
        password_hash = await self.passwords.hash(password, source=peer.source, known=True)
        now = self.clock()
        async with self.database.transaction() as session:
            user = await require_confirmation(session, identity, now)
            forgotten = await set_password(session, user.id, password_hash, now, forget_keys=forget_keys)
            kept = await count_keys(session, user.id)
            await end_other_sessions(session, identity, EndReason.PASSWORD_CHANGED, now)
            self.audit.write(
                session, Happened.PASSWORD_CHANGED, peer, now, user_id=user.id, keys_forgotten=forgotten
            )
            queue_mail(
                session,
                MailKind.PASSWORD_CHANGED,
                peer,
                now,
                user_id=user.id,
                keys_forgotten=forgotten,
                keys_kept=kept,
            )
        self.mail_is_waiting()

    async def change_names(self, identity: Identity, first_name: str, last_name: str, peer: Peer) -> None:
        """Change first and last name.

        Raises:
            InvalidForm: a name cannot be accepted.
        """
        names = {"first_name": first_name, "last_name": last_name}
        values, problems = rules.check_each(dict.fromkeys(names, rules.check_name), names)
        if problems:
            raise InvalidForm(problems)
        now = self.clock()
        async with self.database.transaction() as session:
            user = await require_confirmation(session, identity, now)
            await session.execute(update(User).where(User.id == user.id).values(**values))
            self.audit.write(session, Happened.NAMES_CHANGED, peer, now, user_id=user.id)
            queue_mail(session, MailKind.NAMES_CHANGED, peer, now, user_id=user.id)
        self.mail_is_waiting()

    async def remake_recovery_codes(self, identity: Identity, peer: Peer) -> tuple[str, ...]:
        """Make ten new recovery codes, shown this once; the old ones die."""
        now = self.clock()
        async with self.database.transaction() as session:
            user = await require_confirmation(session, identity, now)
            codes = await make_codes(session, user.id)
            await session.execute(update(User).where(User.id == user.id).values(recovery_codes_kept=False))
            self.audit.write(session, Happened.RECOVERY_CODES_REMADE, peer, now, user_id=user.id)
            queue_mail(session, MailKind.RECOVERY_CODES_REMADE, peer, now, user_id=user.id)
        self.mail_is_waiting()
        return codes

    async def recovery_codes_were_kept(self, identity: Identity) -> None:
        """Note that the person has shown that they kept the codes they were last shown."""
        async with self.database.transaction() as session:
            await session.execute(
                update(User).where(User.id == identity.user_id).values(recovery_codes_kept=True)
            )

    async def choose_theme(self, identity: Identity, theme: str) -> None:
        """Keep the colours that the person has chosen; it changes nothing that matters to anybody else."""
        async with self.database.transaction() as session:
            await session.execute(
                update(User).where(User.id == identity.user_id).values(theme=theme[:THEME_LENGTH] or None)
            )

    async def delete_account(self, identity: Identity, typed_user_name: str, peer: Peer) -> None:
        """Delete the account and all of its rows. The audit log keeps an id that means nothing any more.

        Raises:
            InvalidForm: what was typed is not the account's user name.
        """
        now = self.clock()
        async with self.database.transaction() as session:
            user = await require_confirmation(session, identity, now)
            if rules.canonical(typed_user_name[: rules.NAME_LENGTH]) != user.user_name_canonical:
                raise InvalidForm({"user_name": NOT_YOUR_NAME})
            self.audit.write(session, Happened.ACCOUNT_DELETED, peer, now, user_id=user.id)
            await delete_account(session, user, MailKind.ACCOUNT_DELETED, peer, now)
        self.mail_is_waiting()
