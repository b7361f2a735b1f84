"""The commands that look after the server's host keys."""

from collections.abc import Callable

import typer

from sshauth.commands.running import FAILED, EnvFile, fail, group, settings_of
from sshauth.config import Settings

commands = group("Look after the server's host keys.")


@commands.command()
def show(env_file: EnvFile = None) -> None:
    """Show every host key: fingerprint, file, and what known_hosts and the DNS may say of it.

    Works while the server runs. Without keys it makes none: the first start of `serve` does.
    """
    settings = settings_of(env_file)
    from sshauth.operating import host_keys

    _say_or_fail(host_keys.show, settings)


@commands.command("next")
def make_next(env_file: EnvFile = None) -> None:
    """Make the next host key, and announce it.

    The first step of a change of keys that warns nobody: OpenSSH clients learn the key while the present
    one is in use. `rotate` follows, then `forget`.
    """
    settings = settings_of(env_file)
    from sshauth.operating import host_keys

    _say_or_fail(host_keys.make_next, settings)


@commands.command()
def rotate(env_file: EnvFile = None) -> None:
    """Use the next host key; the old one stays announced."""
    settings = settings_of(env_file)
    from sshauth.operating import host_keys

    _say_or_fail(host_keys.rotate, settings)


@commands.command()
def forget(env_file: EnvFile = None) -> None:
    """Take away the old host key."""
    settings = settings_of(env_file)
    from sshauth.operating import host_keys

    _say_or_fail(host_keys.forget, settings)


def _say_or_fail(command: Callable[[Settings, Callable[[str], None]], None], settings: Settings) -> None:
    from sshauth.ssh.key_file import HostKeyError

    try:
        command(settings, typer.echo)
    except HostKeyError as error:
        fail(str(error), FAILED)
