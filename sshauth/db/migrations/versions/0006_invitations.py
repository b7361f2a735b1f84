"""Invitations, and which of them a registration under way was begun with."""

import sqlalchemy as sa
from alembic import op

from sshauth.db.types import UTCDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward; there is no way back but a backup."""
    op.create_table(
        "invitations",
        sa.Column("email_canonical", sa.String(320), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("shelf", sa.String(8), nullable=False),
        sa.Column("invited_by", sa.Uuid()),
        sa.Column("is_mailed", sa.Boolean(), nullable=False),
        sa.Column("invited_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("email_canonical", name="pk_invitations"),
        sa.UniqueConstraint("request_id", name="uq_invitations_request_id"),
    )
    op.create_index("ix_invitations_shelf", "invitations", ["shelf"])
    op.add_column("pending_registrations", sa.Column("invitation_id", sa.Uuid()))
