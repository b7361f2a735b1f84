"""A real mail server on loopback, for tests of anything that sends mail."""

import socket
import ssl
import threading
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class SmtpServer:
    """A mail server that keeps what it is sent. Use it in a `with` block.

    `tls` is offered by STARTTLS, or spoken from the first byte with `tls_from_start`. With `login` (user name
    and password) nobody sends unless logged in. With `refusal`, an SMTP reply, it takes no recipient. With
    `hangs_up_on_quit` it answers QUIT by closing the connection.
    """

    def __init__(
        self,
        *,
        tls: ssl.SSLContext | None = None,
        tls_from_start: bool = False,
        login: tuple[str, str] | None = None,
        refusal: str | None = None,
        hangs_up_on_quit: bool = False,
    ) -> None:
        """Prepare the server and bind its port; `with` starts it."""
        self._handler = _Handler(login, refusal, hangs_up_on_quit=hangs_up_on_quit)
        self._controller = _Controller(
            self._handler,
            ssl_context=tls if tls_from_start else None,
            tls_context=None if tls_from_start else tls,
            authenticator=self._handler.authenticate if login else None,
            auth_require_tls=False,
        )

    @property
    def host(self) -> str:
        """The address it listens on."""
        return "127.0.0.1"

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._controller.port

    @property
    def messages(self) -> list[EmailMessage]:
        """What arrived so far, oldest first."""
        return list(self._handler.messages)

    def wait_for(self, count: int, timeout: float = 10.0) -> list[EmailMessage]:
        """Wait, in a thread other than an event loop's, for `count` messages and return all that arrived.

        Raises TimeoutError after `timeout` seconds.
        """
        with self._handler.arrived:
            if not self._handler.arrived.wait_for(lambda: len(self._handler.messages) >= count, timeout):
                raise TimeoutError(f"{len(self._handler.messages)} of {count} mails in {timeout:g} s")
            return self.messages

    def __enter__(self) -> Self:
        """Start to listen."""
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop, dropping whoever is still connected."""
        self._controller.stop()


class _Controller(Controller):
    """Listens on a free port: aiosmtpd's own cannot say which port the system gave it."""

    def __init__(self, handler: "_Handler", **options: Any) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        super().__init__(handler, hostname="127.0.0.1", port=self._socket.getsockname()[1], **options)

    def factory(self) -> SMTP:
        return SMTP(self.handler, loop=self.loop, **self.SMTP_kwargs)

    def _create_server(self) -> Awaitable[Any]:
        return self.loop.create_server(self._factory_invoker, sock=self._socket, ssl=self.ssl_context)


class _Handler:
    """Answers the commands, in the server's thread. aiosmtpd finds its methods by their names."""

    def __init__(self, login: tuple[str, str] | None, refusal: str | None, *, hangs_up_on_quit: bool) -> None:
        self._login = login
        self._refusal = refusal
        self._hangs_up_on_quit = hangs_up_on_quit
        self.messages: list[EmailMessage] = []
        self.arrived = threading.Condition()

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: LoginPassword
    ) -> AuthResult:
        if (given.login.decode(), given.password.decode()) == self._login:
            return AuthResult(success=True)
        # Some servers repeat what they were given, and so does this one.
        return AuthResult(
            success=False, handled=False, message=f"535 5.7.8 {given.password.decode()} is wrong"
        )

    async def handle_MAIL(  # noqa: N802 -- named by aiosmtpd
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self._login and not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self._refusal:
            return self._refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.original_content
        assert content is not None
        message = message_from_bytes(content.replace(b"\r\n", b"\n"), policy=policy.default)
        with self.arrived:
            self.messages.append(message)
            self.arrived.notify_all()
        return "250 OK"

    async def handle_QUIT(self, server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802
        if self._hangs_up_on_quit:
            assert server.transport is not None
            server.transport.close()
        return "221 Bye"


def tls_contexts(directory: Path, host: str = "127.0.0.1") -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Make a self-signed certificate for the address `host`, in `directory`.

    Returns the context of a server that shows it and the context of a client that trusts it alone.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail server of a test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = directory / "certificate.pem", directory / "key.pem"
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate_file, key_file)
    return server, ssl.create_default_context(cafile=certificate_file)
