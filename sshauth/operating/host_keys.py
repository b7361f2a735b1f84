"""What the commands about host keys do and say. They change files; a running server is told by SIGHUP."""

import contextlib
from collections.abc import Callable, Iterator

from sshauth.config import SSH_PORT, Settings
from sshauth.files import NotPrivateError, reason_of
from sshauth.ssh import key_rotation
from sshauth.ssh.host_keys import load
from sshauth.ssh.key_file import HostKeyError

TAKE_OVER = (
    "A running server takes it over for new connections when it gets SIGHUP: systemctl reload sshauth, "
    "or kill -HUP with its process id."
)

Say = Callable[[str], None]


def show(settings: Settings, say: Say) -> None:
    """Say all about every host key.

    Raises:
        HostKeyError: the keys cannot be used.
    """
    host, port = settings.public_host, settings.public_port
    known_as = host if port == SSH_PORT else f"[{host}]:{port}"
    with _sentence(settings):
        host_keys = load(settings.host_keys_dir, rsa=settings.host_key_rsa)
    for host_key in host_keys.all:
        say(f"{host_key.kind}, {host_key.use}")
        say(f"  Fingerprint  {host_key.fingerprint}")
        say(f"  File         {host_key.path}")
        say(f"  known_hosts  {known_as} {host_key.public_line}")
        say(f"  DNS          {host_key.sshfp}")


def make_next(settings: Settings, say: Say) -> None:
    """Make the key that is to follow.

    Raises:
        HostKeyError: there is one already, or the keys cannot be used.
    """
    with _sentence(settings):
        host_key = key_rotation.make_next(settings.host_keys_dir)
    say(f"Made the next host key: {host_key.fingerprint}")
    say(f"in {host_key.path}. It is announced, and not used yet.")
    say(TAKE_OVER)
    say(
        "From then on OpenSSH learns it when people connect. When all have connected once, after some weeks: "
        "sshauth host-key rotate"
    )


def rotate(settings: Settings, say: Say) -> None:
    """Put the next key to use.

    Raises:
        HostKeyError: there is none, or the keys cannot be used.
    """
    with _sentence(settings):
        host_keys = key_rotation.rotate(settings.host_keys_dir)
    say(f"The host key in use is now {host_keys.fingerprint}")
    say(f"in {host_keys.path}. The one before is still announced.")
    say(TAKE_OVER)
    say(
        "People who did not learn it before are warned by their SSH client: tell them the fingerprint. "
        "When every server of this name uses it: sshauth host-key forget"
    )


def forget(settings: Settings, say: Say) -> None:
    """Take away the key that was in use before.

    Raises:
        HostKeyError: there is none.
    """
    with _sentence(settings):
        path = key_rotation.forget(settings.host_keys_dir)
    say(f"{path} is gone, and is announced no more. OpenSSH forgets it when people connect.")
    say(TAKE_OVER)


@contextlib.contextmanager
def _sentence(settings: Settings) -> Iterator[None]:
    try:
        yield
    except NotPrivateError as error:
        raise HostKeyError(str(error)) from None
    except OSError as error:
        raise HostKeyError(
            f"Cannot use HOST_KEYS_DIR ({settings.host_keys_dir}): {reason_of(error)}."
        ) from None
