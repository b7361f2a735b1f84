"""Alembic's entry: it runs on the connection that ``migrate.upgrade`` hands over."""

from alembic import context

from sshauth.db.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    render_as_batch=True,
)
context.run_migrations()
