"""The commands that look after the server's secrets."""

from typing import Annotated

import typer

from sshauth.commands.running import EnvFile, group, run, settings_of

commands = group("Look after the server's secrets.")


@commands.command()
def new() -> None:
    """Make keys for a .env file, where nodes share them: a SECRET_KEY and TOTP_KEYS.

    Two lines on standard output, and nowhere else: sshauth secrets new >> .env, in a file that nobody else
    may read. For a service that has none yet; those of one that runs are changed by `rotate`.
    """
    from sshauth import keys

    typer.echo(f"SECRET_KEY={keys.new_secret_key()}")
    typer.echo(f"TOTP_KEYS={keys.new_totp_key()}")


@commands.command()
def rotate(
    env_file: EnvFile = None,
    lost: Annotated[
        bool,
        typer.Option(
            "--lost", help="The old SECRET_KEY is lost: go on with the present one, and void codes."
        ),
    ] = False,
) -> None:
    """Seal the authenticators under a new key, and change the key that makes codes.

    Keys of DATA_DIR are changed whole, while the service runs. TOTP_KEYS: put a new key behind the old one,
    restart every node, put it first, restart every node, run this, and take the old key out. SECRET_KEY: the
    same, with the one that is not in force in SECRET_KEY_FALLBACKS. docs/operating.md tells it step by step.
    """
    settings = settings_of(env_file)
    from sshauth import secrets_rotation

    run(secrets_rotation.rotate(settings, typer.echo, secret_is_lost=lost))


@commands.command()
def forget(env_file: EnvFile = None) -> None:
    """Accept the SECRET_KEY of before the last `rotate` no more."""
    settings = settings_of(env_file)
    from sshauth import secrets_rotation

    run(secrets_rotation.forget(settings, typer.echo))
