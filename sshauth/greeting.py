"""What the operator of a server that just started wants to know, in a few lines."""

from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from pathlib import Path

from sshauth import __version__
from sshauth.config import Settings
from sshauth.db.engine import Database
from sshauth.keys import Keys
from sshauth.ssh.host_keys import HostKeys

_MADE = " (made now)"
OPEN_METRICS = "METRICS_LISTEN is no loopback address: let a firewall keep all but your monitoring out"


def start_lines(
    settings: Settings, host_keys: HostKeys, database: Database, keys: Keys, warnings: Sequence[str] = ()
) -> Iterator[str]:
    """Give the lines: where it listens, how to connect, where everything is kept, and what is not well."""
    where = f"{settings.ssh_host}:{settings.ssh_port}"
    yield f"{settings.app_name} (sshauth {__version__}) is listening on {where}"
    yield f"  Connect    {settings.ssh_command}"
    yield from _tunnel(settings)
    yield from _host_keys(host_keys)
    yield f"  Database   {database.name}"
    yield f"  Secrets    {_secrets(keys)}"
    yield f"  Mail       {_mail(settings)}"
    if not settings.log_to_stdout:
        yield f"  Log        {log_file(settings)}"
    yield from _metrics(settings)
    if settings.workers > 1:
        yield f"  Workers    {settings.workers} processes"
    for warning in warnings:
        yield f"  Warning    {warning}"
    yield "Press Ctrl+C to stop."


def stop_line(people: int, seconds: int) -> str:
    """Say that it stops, and whom that concerns."""
    if not people or not seconds:
        return "Stopping."
    who = "1 person is" if people == 1 else f"{people} people are"
    return f"Stopping: {who} connected; they have {seconds} s. Ctrl+C again stops at once."


def is_loopback(host: str) -> bool:
    """Tell whether nobody outside this machine reaches a host."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def outbox(settings: Settings) -> Path:
    """Give the directory where mail goes while there is no mail server."""
    return settings.data_dir / "outbox"


def log_file(settings: Settings) -> Path:
    """Give the file that is logged to, unless standard output is."""
    return settings.data_dir / "logs" / "sshauth.log"


def _tunnel(settings: Settings) -> Iterator[str]:
    if settings.relay is None:
        return
    yield f"  Tunnel     by {settings.relay.host}; where to connect is said below when it is open"
    if not settings.tunnel_trust_origin:
        yield "             Warning: all who come by it are one address: no limits by address there"
    can = "connect and register" if settings.registration == "open" else "connect"
    yield f"             Warning: a public door: whoever finds it can {can}, but for rules of the relay"


def _host_keys(host_keys: HostKeys) -> Iterator[str]:
    yield f"  Host key   {host_keys.fingerprint}{_MADE if host_keys.made_now else ''}"
    yield f"             in {host_keys.path}"
    for other in host_keys.in_use[1:]:
        yield f"             {other.fingerprint} ({other.kind})"


def _secrets(keys: Keys) -> str:
    if not keys.files:
        return "from SECRET_KEY and TOTP_KEYS"
    return f"in {', '.join(str(file) for file in keys.files)}{_MADE if keys.made_now else ''}"


def _metrics(settings: Settings) -> Iterator[str]:
    if settings.metrics_address is None:
        return
    host, port = settings.metrics_address
    yield f"  Metrics    http://{f'[{host}]' if ':' in host else host}:{port}/metrics"
    if not is_loopback(host):
        yield f"             Warning: {OPEN_METRICS}"


def _mail(settings: Settings) -> str:
    if settings.mail is None:
        return (
            f"written as .eml files to {outbox(settings)} (set MAIL_SERVER to send it);\n"
            "             email addresses are not confirmed"
        )
    return f"sent by {settings.mail.host}:{settings.mail.port}"
