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
    created_at: Mapped[datetime]


class Authenticator(Table):
    """An authenticator app that makes time-based codes for a user."""

    __tablename__ = "authenticators"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    secret_encrypted: Mapped[str] = mapped_column(String(512))
    last_step: Mapped[int]
    """The last accepted time step; it and all before it are dead (RFC 6238 5.2)."""
    created_at: Mapped[datetime]


class PendingRegistration(Table):
    """A registration that waits for its first code. It holds the name and the address meanwhile."""

    __tablename__ = "pending_registrations"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_name: Mapped[str] = mapped_column(String(32))
    user_name_canonical: Mapped[str] = mapped_column(String(32), unique=True)
    email: Mapped[str] = mapped_column(String(254))
    email_canonical: Mapped[str] = mapped_column(String(320), unique=True)
    first_name: Mapped[str] = mapped_column(String(64))
    last_name: Mapped[str] = mapped_column(String(64))
    password_hash: Mapped[str] = mapped_column(String(255))
    secret_encrypted: Mapped[str] = mapped_column(String(512))
    expires_at: Mapped[datetime]


class ResetRequest(Table):
    """The one reset of a user that is under way. The code itself is derived, never stored."""

    __tablename__ = "reset_requests"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    request_id: Mapped[UUID]
    source: Mapped[str] = mapped_column(String(64))
    requested_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class Throttle(Table):
    """A counter of tries in a fixed window. The key is an HMAC, never the typed text."""

    __tablename__ = "throttles"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    window_ends_at: Mapped[datetime] = mapped_column(index=True)
    tries: Mapped[int]


class SessionRow(Table):
    """One sign-in: who, from where, with what, when."""

    __tablename__ = "sessions"
    __table_args__ = (Index("ix_sessions_user_id_started_at", "user_id", "started_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    address: Mapped[str] = mapped_column(String(64))
    client: Mapped[str] = mapped_column(String(255))
    started_at: Mapped[datetime]


class OutgoingMail(Table):
    """A mail that waits to be sent: what it is about, never its text and never a code."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(32))
    data: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime] = mapped_column(index=True)
    """When it may next be tried. A sender that claims it moves this ahead, so no other takes it too."""
    tries: Mapped[int] = mapped_column(default=0)
