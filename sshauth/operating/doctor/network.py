"""Looks at what is reached over the network, and at how people reach this."""

import socket
from contextlib import suppress

from sshauth.config import ConfigError, Settings
from sshauth.files import NotPrivateError, reason_of
from sshauth.greeting import outbox
from sshauth.ground import transport_of
from sshauth.mail.transport import MailError, SMTPTransport
from sshauth.operating.doctor.finding import Findings, in_thread, ok, wrong
from sshauth.ssh.host_keys import HostKeys, load
from sshauth.ssh.key_file import HostKeyError
from sshauth.ssh.server import is_alive

MAIL, PORT, ADDRESS = "Mail server", "Port", "Address"


async def mail_server(settings: Settings) -> Findings:
    """Connect to the mail server as for a mail, TLS and sign-in included; send nothing."""
    try:
        transport = transport_of(settings)
    except ConfigError as error:
        return [wrong(MAIL, each.rstrip("."), "") for each in error.problems]
    if not isinstance(transport, SMTPTransport) or settings.mail is None:
        return [ok(MAIL, f"none is set: mail is written to {outbox(settings)}, addresses are not confirmed")]
    where = f"{settings.mail.host}:{settings.mail.port}"
    try:
        await transport.try_out()
    except MailError as error:
        said = f"{where}: {str(error).rstrip('.')}"
        return [wrong(MAIL, said, "Look at the settings that begin with MAIL_.")]
    how = "TLS" if settings.mail.starttls or settings.mail.ssl else "clear text"
    return [ok(MAIL, f"{where} answers, by {how}{', and knows us' if settings.mail.username else ''}")]


async def port(settings: Settings) -> Findings:
    """See that our server answers on the port, or that the port is free for it."""
    where = f"{settings.ssh_host}:{settings.ssh_port}"
    host_keys = await in_thread(_host_keys, settings)
    if settings.ssh_port == 0:
        return [ok(PORT, "any that is free, as SSH_PORT=0 says")]
    if host_keys is not None and await is_alive(settings.ssh_host, settings.ssh_port, host_keys):
        return [ok(PORT, f"our server answers at {where}")]
    try:
        await in_thread(_bind, settings.ssh_host, settings.ssh_port)
    except PermissionError:
        return [wrong(PORT, f"{where} is not for this user", "Take one from 1024 on, or a systemd socket.")]
    except socket.gaierror:
        return [wrong(PORT, f"{settings.ssh_host} is no address of this machine", "Change SSH_HOST.")]
    except OSError as error:
        said = f"no server with our host key answers at {where}, and it is not free: {reason_of(error)}"
        return [wrong(PORT, said, "Look who has it (ss -ltnp), or change SSH_HOST and SSH_PORT.")]
    return [ok(PORT, f"{where} is free; no server runs")]


async def public_address(settings: Settings) -> Findings:
    """See that the name that people type is known."""
    if settings.public_address is None:
        return []
    try:
        await in_thread(socket.getaddrinfo, settings.public_host, settings.public_port)
    except OSError:
        said = f"the name {settings.public_host} is not known"
        return [wrong(ADDRESS, said, "Change PUBLIC_ADDRESS, or the DNS.")]
    return [ok(ADDRESS, f"people type: {settings.ssh_command}")]


def _host_keys(settings: Settings) -> HostKeys | None:
    with suppress(HostKeyError, NotPrivateError, OSError):
        return load(settings.host_keys_dir, rsa=settings.host_key_rsa)
    return None


def _bind(host: str, number: int) -> None:
    """Listen for a moment, on every address of a host."""
    for family, _, _, _, address in socket.getaddrinfo(host, number, type=socket.SOCK_STREAM):
        with socket.socket(family, socket.SOCK_STREAM) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            sock.bind(address)
            sock.listen(1)
