"""What tells whether a node's secrets are the right ones, and which nodes there are."""

import sqlalchemy as sa
from alembic import op

from sshauth.db.types import UTCDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward; there is no way back but a backup."""
    op.create_table(
        "check_values",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("value", sa.String(255), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_check_values"),
    )
    op.create_table(
        "nodes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("machine", sa.String(128), nullable=False),
        sa.Column("version", sa.String(32), nullable=False),
        sa.Column("host_key", sa.String(64), nullable=False),
        sa.Column("host_keys", sa.String(1024), nullable=False),
        sa.Column("secret_keys", sa.String(1024), nullable=False),
        sa.Column("totp_keys", sa.String(1024), nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=False),
        sa.Column("seen_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_nodes"),
    )
