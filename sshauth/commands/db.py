"""The commands that look after the database."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from sshauth.commands.running import FAILED, EnvFile, Json, Yes, confirm, group, run, say, settings_of

commands = group("Look after the database.")

File = Annotated[Path, typer.Argument(metavar="FILE", help="Of a backup.")]
Lost = Annotated[
    bool, typer.Option("--lost", help="Do without the SECRET_KEY that the backup was made under.")
]


@commands.command()
def upgrade(env_file: EnvFile = None) -> None:
    """Bring the database to this version.

    `serve` and `tui` do it by themselves when they start; this does it and nothing else.
    """
    settings = settings_of(env_file)
    from sshauth import ground

    before, after = run(ground.upgrade_database(settings))
    say(
        f"The database is at revision {after} already."
        if before == after
        else f"The database went from {f'revision {before}' if before else 'empty'} to revision {after}."
    )


@commands.command()
def check(env_file: EnvFile = None, json: Json = False) -> None:
    """Look whether the database is whole: its revision, its tables, every row, and how many there are.

    Changes nothing, and works while the service runs. Exits with 1 if something is wrong.
    """
    settings = settings_of(env_file)
    from sshauth.operating import checking

    if not run(checking.check(settings, say, in_json=json)):
        raise typer.Exit(FAILED)


@commands.command()
def backup(file: File, env_file: EnvFile = None) -> None:
    """Write the database, as it is at this moment, into one file, while the service runs.

    The file is the same for SQLite and Postgres, for its owner alone, and there whole or not at all; it
    takes the place of an older backup. The keys are not in it: keep them elsewhere.
    """
    settings = settings_of(env_file)
    from sshauth.operating import backing_up

    run(backing_up.back_up(settings, file, say))


@commands.command()
def restore(file: File, env_file: EnvFile = None, yes: Yes = False, lost: Lost = False) -> None:
    """Fill an empty database from a backup, with the service stopped.

    The keys must be there that the backup was made under; SQLite or Postgres, and older backups too. What
    must not come back ends: sessions, resets and codes that were mailed, and codes of authenticators that
    may have been used until now.
    """
    settings = settings_of(env_file)
    from sshauth.operating import restoring

    run(restoring.restore_from(settings, file, partial(confirm, yes=yes), say, lost=lost))
