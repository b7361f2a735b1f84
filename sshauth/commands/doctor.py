"""The command that looks whether all is well."""

import typer

from sshauth.commands.running import FAILED, EnvFile, Json, run, say


def doctor(env_file: EnvFile = None, json: Json = False) -> None:
    """Look at everything that the service stands on, and say what is wrong and what to do.

    Configuration, files and their modes, disk space, database and migrations, keys, clock, mail server
    (no mail is sent), host keys, nodes, port. Changes nothing, and works while the service runs or not. Run
    it as the service's own user. Exits with 1 if something is wrong.
    """
    from sshauth.config import read_settings
    from sshauth.operating.doctor import examination

    if not run(examination.examine(read_settings(env_file), say, in_json=json)):
        raise typer.Exit(FAILED)
