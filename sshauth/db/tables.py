"""Every table. Migrations follow these classes; a test compares the two."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from sshauth.db.types import UTCDateTime


class Table(DeclarativeBase):
    """The base of all tables; fixed constraint names keep migrations the same on both databases."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads this class attribute
        datetime: UTCDateTime(),
        dict[str, Any]: JSON(),
    }


class User(Table):
    """A person with an account whose authenticator was confirmed."""

    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_name: Mapped[str] = mapped_column(String(32))
    user_name_canonical: Mapped[str] = mapped_column(String(32), unique=True)
    email: Mapped[str] = mapped_column(String(254))
    email_canonical: Mapped[str] = mapped_column(String(320), unique=True)
    first_name: Mapped[str] = mapped_column(String(64))
    last_name: Mapped[str] = mapped_column(String(64))
    password_hash: Mapped[str] = mapped_column(String(255))
    password_generation: Mapped[int] = mapped_column(default=1)
    """Raised by each new password: whatever is bound to the old one (reset codes, counters) dies with it."""
    password_changed_at: Mapped[datetime | None]
    recovery_codes_kept: Mapped[bool] = mapped_column(default=False)
    """Whether the person has proven that they kept the recovery codes they were last shown."""
    disabled_at: Mapped[datetime | None]
    """Since when nobody signs in to the account; None while it is in use."""
    is_admin: Mapped[bool] = mapped_column(default=False)
    """Whether the person may look after everybody's accounts. Only a command gives that."""
    theme: Mapped[str | None] = mapped_column(String(16))
    """The colours that the person has chosen; None where they never did."""
    created_at: Mapped[datetime]


class Authenticator(Table):
    """An authenticator app that makes time-based codes for a user, who has one or two."""

    __tablename__ = "authenticators"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(32))
    """What the person calls it, to tell two apart."""
    secret_encrypted: Mapped[str] = mapped_column(String(512))
    last_step: Mapped[int]
    """The last accepted time step; it and all before it are dead (RFC 6238 5.2)."""
    created_at: Mapped[datetime]


class RecoveryCode(Table):
    """A recovery code that was not used yet, as SHA-256: 120 random bits need no slow hash (ASVS 6.5.2)."""

    __tablename__ = "recovery_codes"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)


class SSHKey(Table):
    """An SSH key that stands for its user's password. It belongs to one user: whoever is first."""

    __tablename__ = "ssh_keys"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    fingerprint: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(64))
    """As SSH names it, with the size of an RSA key."""
    name: Mapped[str] = mapped_column(String(32))
    """What the person calls it, to tell several apart."""
    added_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    """When it last stood for the password."""


class KnownSource(Table):
    """From where an account completed a sign-in. The source is an HMAC."""

    __tablename__ = "known_sources"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    source: Mapped[str] = mapped_column(String(64), primary_key=True)
    last_sign_in_at: Mapped[datetime]


class PendingRegistration(Table):
    """A registration that waits for its first code. It holds the user name meanwhile."""

    __tablename__ = "pending_registrations"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_name: Mapped[str] = mapped_column(String(32))
    user_name_canonical: Mapped[str] = mapped_column(String(32), unique=True)
    email: Mapped[str] = mapped_column(String(254))
    email_canonical: Mapped[str] = mapped_column(String(320), index=True)
    """Not unique: that somebody else is registering with an address is told to nobody."""
    email_confirmed: Mapped[bool] = mapped_column(default=False)
    first_name: Mapped[str] = mapped_column(String(64))
    last_name: Mapped[str] = mapped_column(String(64))
    password_hash: Mapped[str] = mapped_column(String(255))
    secret_encrypted: Mapped[str] = mapped_column(String(512))
    source: Mapped[str] = mapped_column(String(64), index=True)
    """An HMAC, to count how many a source has unfinished."""
    invitation_id: Mapped[UUID | None]
    """The invitation that it was begun with, and that making the account uses up."""
    code_expires_at: Mapped[datetime]
    """Until when the code mailed to the address works."""
    expires_at: Mapped[datetime]


class Invitation(Table):
    """The one invitation of an address. The code is derived, never stored; the row goes with its one use."""

    __tablename__ = "invitations"

    email_canonical: Mapped[str] = mapped_column(String(320), primary_key=True)
    request_id: Mapped[UUID] = mapped_column(unique=True)
    email: Mapped[str] = mapped_column(String(254))
    shelf: Mapped[str] = mapped_column(String(8), index=True)
    """Where a typed code is looked for: a few bits of a keyed hash, which tell nothing of the code."""
    invited_by: Mapped[UUID | None]
    """None: by command. No foreign key: the invitation outlives the account."""
    is_mailed: Mapped[bool]
    """Whether the code went to the address, and nowhere else."""
    invited_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class EmailChangeRequest(Table):
    """A user's new address that waits for the code mailed to it. The code is derived, never stored."""

    __tablename__ = "email_change_requests"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    request_id: Mapped[UUID]
    email: Mapped[str] = mapped_column(String(254))
    email_canonical: Mapped[str] = mapped_column(String(320))
    requested_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class ResetRequest(Table):
    """The one reset of a user that is under way. The code itself is derived, never stored."""

    __tablename__ = "reset_requests"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    request_id: Mapped[UUID]
    source: Mapped[str] = mapped_column(String(64))
    requested_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class AuthenticatorReset(Table):
    """A user whose authenticator an administrator has taken away, and the code mailed to set up a new one.

    The code itself is derived, never stored. The row goes once the new authenticator is confirmed.
    """

    __tablename__ = "authenticator_resets"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    request_id: Mapped[UUID]
    requested_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class Announcement(Table):
    """Words of an administrator to everybody who is signed in."""

    __tablename__ = "announcements"

    id: Mapped[int] = mapped_column(primary_key=True)
    words: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(index=True)


class Throttle(Table):
    """A counter of tries. The key is an HMAC, never the typed text."""

    __tablename__ = "throttles"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    tries: Mapped[int]
    window_ends_at: Mapped[datetime] = mapped_column(index=True)
    """When the tries are forgotten."""
    blocked_until: Mapped[datetime]
    """Until when no further try is judged; in the past where the next one is."""


class SessionRow(Table):
    """One sign-in: who, from where, with what, when, and how it ended."""

    __tablename__ = "sessions"
    __table_args__ = (Index("ix_sessions_user_id_started_at", "user_id", "started_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    address: Mapped[str] = mapped_column(String(64))
    client: Mapped[str] = mapped_column(String(255))
    node: Mapped[str] = mapped_column(String(128))
    """The process that the person is connected to."""
    started_at: Mapped[datetime]
    last_input_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    """When its process last said that it is there."""
    confirmed_at: Mapped[datetime | None]
    """When password and code were last confirmed for a sensitive change (ASVS 7.5.1)."""
    ended_at: Mapped[datetime | None] = mapped_column(index=True)
    end_reason: Mapped[str | None] = mapped_column(String(32))


class AuditEvent(Table):
    """What happened, never changed afterwards. The user id is no foreign key: it outlives the account."""

    __tablename__ = "audit_events"
    __table_args__ = (Index("ix_audit_events_user_id_at", "user_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(32))
    user_id: Mapped[UUID | None]
    """None: no account, or a name that matches none; the name itself may be a mistyped password."""
    address: Mapped[str] = mapped_column(String(64))
    client: Mapped[str] = mapped_column(String(255))
    count: Mapped[int] = mapped_column(default=1)
    data: Mapped[dict[str, Any]]


class FailureTally(Table):
    """Failed tries of one source in one minute, until upkeep writes them into the audit log as one event."""

    __tablename__ = "failure_tallies"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    user_id: Mapped[UUID | None]
    address: Mapped[str] = mapped_column(String(64))
    client: Mapped[str] = mapped_column(String(255))
    minute_ends_at: Mapped[datetime] = mapped_column(index=True)
    last_at: Mapped[datetime]
    count: Mapped[int]


class OutgoingMail(Table):
    """A mail that waits to be sent: what it is about, never its text and never a code."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    """None where no account is concerned: registrations, and accounts that were deleted."""
    kind: Mapped[str] = mapped_column(String(32))
    data: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime] = mapped_column(index=True)
    """When it may next be tried. A sender that claims it moves this ahead, so no other takes it too."""
    tries: Mapped[int] = mapped_column(default=0)
    dead_at: Mapped[datetime | None] = mapped_column(index=True)
    """Since when nobody tries any more: it was refused for good, or for a day."""


class CheckValue(Table):
    """A keyed hash that tells whether a secret of a node is the one that this database has lived with."""

    __tablename__ = "check_values"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    """The variable that holds the secret."""
    value: Mapped[str] = mapped_column(String(255))


class Node(Table):
    """A process that serves people. It says that it is there, and takes the row away when it stops."""

    __tablename__ = "nodes"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(128))
    """As sessions name it: machine and process."""
    machine: Mapped[str] = mapped_column(String(128))
    version: Mapped[str] = mapped_column(String(32))
    host_key: Mapped[str] = mapped_column(String(64))
    """The fingerprint that people are shown."""
    host_keys: Mapped[str] = mapped_column(String(1024))
    """All fingerprints that it uses or announces, a space between."""
    secret_keys: Mapped[str] = mapped_column(String(1024))
    """What tells its SECRET_KEY, and those that it accepts still, from others; the first in force first."""
    totp_keys: Mapped[str] = mapped_column(String(1024))
    """The same of its TOTP_KEYS."""
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
