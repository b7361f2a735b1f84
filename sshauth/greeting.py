"""What the operator of a server that just started wants to know, in a few lines."""

from collections.abc import Iterator
from pathlib import Path

from sshauth import __version__
from sshauth.config import Settings
from sshauth.db.engine import Database
from sshauth.keys import Keys
from sshauth.ssh.host_keys import HostKey

_MADE = " (made now)"


def start_lines(settings: Settings, host_key: HostKey, database: Database, keys: Keys) -> Iterator[str]:
    """Give the lines: where it listens, how to connect, and where everything is kept."""
    where = f"{settings.ssh_host}:{settings.ssh_port}"
    yield f"{settings.app_name} (sshauth {__version__}) is listening on {where}"
    yield f"  Connect    {settings.ssh_command}"
    yield f"  Host key   {host_key.fingerprint}{_MADE if host_key.made_now else ''}"
    yield f"             in {host_key.path}"
    yield f"  Database   {database.name}"
    yield f"  Secrets    {_secrets(keys)}"
    yield f"  Mail       {_mail(settings)}"
    if not settings.log_to_stdout:
        yield f"  Log        {log_file(settings)}"
    yield "Press Ctrl+C to stop."


def outbox(settings: Settings) -> Path:
    """Give the directory where mail goes while there is no mail server."""
    return settings.data_dir / "outbox"


def log_file(settings: Settings) -> Path:
    """Give the file that is logged to, unless standard output is."""
    return settings.data_dir / "logs" / "sshauth.log"


def _secrets(keys: Keys) -> str:
    if not keys.files:
        return "from SECRET_KEY and TOTP_KEYS"
    return f"in {', '.join(str(file) for file in keys.files)}{_MADE if keys.made_now else ''}"


def _mail(settings: Settings) -> str:
    if settings.mail is None:
        return (
            f"written as .eml files to {outbox(settings)} (set MAIL_SERVER to send it);\n"
            "             email addresses are not confirmed"
        )
    return f"sent by {settings.mail.host}:{settings.mail.port}"
