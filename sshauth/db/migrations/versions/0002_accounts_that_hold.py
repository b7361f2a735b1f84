"""Recovery codes, known sources, email confirmation, sessions that end, the audit log."""

import sqlalchemy as sa
from alembic import op

from sshauth.db.types import UTCDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward; there is no way back but a backup."""
    _new_tables()
    _short_lived_tables()
    # On SQLite a batch may make a table anew, and drops it in between, and what refers to it with it:
    # users may only be added to, and not by a batch.
    op.add_column("users", sa.Column("password_changed_at", UTCDateTime()))
    op.add_column(
        "users", sa.Column("recovery_codes_kept", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("users", sa.Column("disabled_at", UTCDateTime()))
    op.add_column(
        "authenticators", sa.Column("name", sa.String(32), nullable=False, server_default="Authenticator")
    )
    with op.batch_alter_table("outbox") as outbox:
        outbox.add_column(sa.Column("dead_at", UTCDateTime()))
        outbox.alter_column("user_id", existing_type=sa.Uuid(), nullable=True)
        outbox.create_index("ix_outbox_dead_at", ["dead_at"])
    _sessions()


def _new_tables() -> None:
    op.create_table(
        "recovery_codes",
        _user_id(),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "code_hash", name="pk_recovery_codes"),
        _of_user("recovery_codes"),
    )
    op.create_table(
        "known_sources",
        _user_id(),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("last_sign_in_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "source", name="pk_known_sources"),
        _of_user("known_sources"),
    )
    op.create_table(
        "email_change_requests",
        _user_id(),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("email_canonical", sa.String(320), nullable=False),
        sa.Column("requested_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_email_change_requests"),
        _of_user("email_change_requests"),
    )
    op.create_table(
        "audit_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("user_id", sa.Uuid()),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("client", sa.String(255), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_events"),
    )
    op.create_index("ix_audit_events_at", "audit_events", ["at"])
    op.create_index("ix_audit_events_user_id_at", "audit_events", ["user_id", "at"])
    op.create_table(
        "failure_tallies",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("user_id", sa.Uuid()),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("client", sa.String(255), nullable=False),
        sa.Column("minute_ends_at", UTCDateTime(), nullable=False),
        sa.Column("last_at", UTCDateTime(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_failure_tallies"),
    )
    op.create_index("ix_failure_tallies_minute_ends_at", "failure_tallies", ["minute_ends_at"])


def _short_lived_tables() -> None:
    """Make anew what holds nothing for longer than a day: counters, and registrations under way."""
    op.drop_table("throttles")
    op.create_table(
        "throttles",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("window_ends_at", UTCDateTime(), nullable=False),
        sa.Column("blocked_until", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_throttles"),
    )
    op.create_index("ix_throttles_window_ends_at", "throttles", ["window_ends_at"])
    op.drop_table("pending_registrations")
    op.create_table(
        "pending_registrations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_name", sa.String(32), nullable=False),
        sa.Column("user_name_canonical", sa.String(32), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("email_canonical", sa.String(320), nullable=False),
        sa.Column("email_confirmed", sa.Boolean(), nullable=False),
        sa.Column("first_name", sa.String(64), nullable=False),
        sa.Column("last_name", sa.String(64), nullable=False),
        sa.Column("password_hash", sa.String(255), nullable=False),
        sa.Column("secret_encrypted", sa.String(512), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("code_expires_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_pending_registrations"),
        sa.UniqueConstraint("user_name_canonical", name="uq_pending_registrations_user_name_canonical"),
    )
    op.create_index("ix_pending_registrations_email_canonical", "pending_registrations", ["email_canonical"])
    op.create_index("ix_pending_registrations_source", "pending_registrations", ["source"])


def _sessions() -> None:
    """Say of the sessions so far that they are over: they ended when this migration stopped the server."""
    with op.batch_alter_table("sessions") as sessions:
        sessions.add_column(sa.Column("node", sa.String(128), nullable=False, server_default=""))
        for name in ("last_input_at", "seen_at", "confirmed_at", "ended_at"):
            sessions.add_column(sa.Column(name, UTCDateTime()))
        sessions.add_column(sa.Column("end_reason", sa.String(32)))
    op.execute(
        "UPDATE sessions SET last_input_at = started_at, seen_at = started_at, ended_at = started_at, "
        "end_reason = 'upgraded'"
    )
    with op.batch_alter_table("sessions") as sessions:
        for name in ("last_input_at", "seen_at"):
            sessions.alter_column(name, existing_type=UTCDateTime(), nullable=False)
        sessions.create_index("ix_sessions_ended_at", ["ended_at"])


def _user_id() -> sa.Column[object]:
    return sa.Column("user_id", sa.Uuid(), nullable=False)


def _of_user(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=f"fk_{table}_user_id", ondelete="CASCADE")
