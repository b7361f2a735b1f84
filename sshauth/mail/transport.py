"""From the words of a mail to a message on its way: by SMTP, or into a directory while developing."""

import asyncio
import os
import re
import secrets
import ssl
from contextlib import suppress
from datetime import UTC, datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol

import aiosmtplib

from sshauth.mail.layout import Content, one_line

SEND_TIMEOUT = 15.0
"""Seconds that one mail may take, from looking the server up to its taking the mail."""

_GOODBYE_TIMEOUT = 1.0  # seconds to wait for the answer to QUIT; by then the mail is sent
_REASON_LENGTH = 200
_SEVEN_BIT_LINE = 998  # RFC 5322 2.1.1
_REFUSED_FOR_GOOD = 500  # and above: RFC 5321 4.2.1

# One plain address and nothing that could begin another, a comment or a second header (CWE-93).
_ADDRESS_PART = r'[^\s\x00-\x1f\x7f<>()\[\]\\,;:"@]+'
_ADDRESS_LITERAL = r"\[(?:IPv6:)?[0-9A-Fa-f:.]+\]"  # a host without a name, RFC 5321 4.1.3
_ADDRESS = re.compile(f"{_ADDRESS_PART}@(?:{_ADDRESS_PART}|{_ADDRESS_LITERAL})")


class MailError(Exception):
    """A mail was not sent. Its text is one clean line of at most 200 characters, fit for a log.

    `permanent` is True where the mail server refused this recipient or this mail for good, or an address
    cannot be written: to try again is useless. All else (a server away, busy or wrongly set up) may pass.
    """

    def __init__(self, reason: str, *, permanent: bool = False) -> None:
        """Clean and shorten `reason`, which may hold foreign text (row 26)."""
        super().__init__(one_line(reason)[:_REASON_LENGTH])
        self.permanent = permanent


class Transport(Protocol):
    """A way out for mail."""

    async def send(self, message: EmailMessage) -> None:
        """Hand `message` over. Raises MailError when it could not."""


class Server(Protocol):
    """The mail server that the operator named."""

    @property
    def host(self) -> str:
        """Its name or address."""

    @property
    def port(self) -> int:
        """Its port."""

    @property
    def starttls(self) -> bool:
        """Turn to TLS after the greeting."""

    @property
    def ssl(self) -> bool:
        """Speak TLS from the first byte."""

    @property
    def username(self) -> str | None:
        """Whom to log in as; without one, nobody logs in."""

    @property
    def password(self) -> str | None:
        """The password of that login."""


def compose(content: Content, *, sender: str, to: str, now: datetime, message_id_domain: str) -> EmailMessage:
    """Make the message that carries `content` to the one address `to`: text, HTML and what is attached.

    `sender` is `user@host` or `Name <user@host>`; `now` is aware. The headers say that no person wrote it
    (RFC 3834 5), so that holiday replies stay away. Raises MailError, permanent, for an address or a subject
    that cannot stand in a header: nothing foreign can add a header or a recipient.
    """
    message = EmailMessage(policy=policy.default)
    try:
        message["From"] = _sender(sender)
        message["To"] = _address(to, "recipient")
        message["Subject"] = content.subject
        message["Date"] = format_datetime(now.astimezone(UTC))
        message["Message-ID"] = f"<{secrets.token_hex(16)}@{message_id_domain}>"
    except ValueError as error:
        raise MailError(str(error), permanent=True) from None
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(content.text, cte=_readable_encoding(content.text))
    message.add_alternative(content.html, subtype="html", cte=_readable_encoding(content.html))
    if content.attachment is not None:
        file = content.attachment.text.encode()
        message.add_attachment(file, maintype="application", subtype="json", filename=content.attachment.name)
    return message


class SMTPTransport:
    """Sends each mail over a connection of its own to one mail server.

    Certificates and host names are verified. STARTTLS, when asked for, must succeed: a server (or somebody on
    the way) that does not offer it gets no mail. A password goes in clear text to this machine itself alone
    (RFC 4954 4). A server that asks for no login may be spoken to in clear text when the settings say so:
    that is how the relays of private networks are.
    """

    def __init__(
        self, server: Server, *, timeout: float = SEND_TIMEOUT, tls_context: ssl.SSLContext | None = None
    ) -> None:
        """Take `timeout` in seconds a mail. Without `tls_context` the system's authorities are trusted.

        Raises ValueError for both kinds of TLS at once, and for a login that clear text would give away.
        """
        if server.starttls and server.ssl:
            raise ValueError("A mail server speaks either STARTTLS or TLS from the start, not both.")
        if server.username and not (server.starttls or server.ssl or _is_this_machine(server.host)):
            raise ValueError(
                f"The mail password would go to {server.host} in clear text: use STARTTLS or TLS."
            )
        self._server = server
        self._timeout = timeout
        self._tls_context = tls_context or ssl.create_default_context()

    async def send(self, message: EmailMessage) -> None:
        """Hand `message` to the mail server. Raises MailError when it did not take it within the timeout."""
        await self._visit(message)

    async def try_out(self) -> None:
        """Connect, go over to TLS and log in as for a mail, and leave. Raises MailError when that fails."""
        await self._visit(None)

    async def _visit(self, message: EmailMessage | None) -> None:
        client = self._client()
        try:
            async with asyncio.timeout(self._timeout):
                await client.connect()
                if message is not None:
                    await client.send_message(message)
            with suppress(aiosmtplib.SMTPException, OSError):
                await client.quit(timeout=_GOODBYE_TIMEOUT)
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            # From None: a traceback in a log would show the server's text as it came.
            raise self._explained(error) from None
        finally:
            client.close()

    def _client(self) -> aiosmtplib.SMTP:
        server = self._server
        return aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.ssl,
            start_tls=server.starttls,
            tls_context=self._tls_context,
            username=server.username or None,
            password=server.password or None,
            timeout=None,  # one clock only, that of send
        )

    def _explained(self, error: Exception) -> MailError:
        if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
            error = error.recipients[0]
        if isinstance(error, aiosmtplib.SMTPAuthenticationError):
            # Not the server's words, which may repeat what it was given.
            return MailError(f"the mail server refused the user name or password ({error.code})")
        if isinstance(error, aiosmtplib.SMTPResponseException):
            reason = f"the mail server answered {error.code} {error.message}"
            about_this_mail = isinstance(error, aiosmtplib.SMTPRecipientRefused | aiosmtplib.SMTPDataError)
            permanent = about_this_mail and error.code >= _REFUSED_FOR_GOOD
            return MailError(self._without_password(reason), permanent=permanent)
        if isinstance(error, TimeoutError):
            return MailError(f"the mail server did not take the mail within {self._timeout:g} s")
        return MailError(self._without_password(str(error) or type(error).__name__))

    def _without_password(self, reason: str) -> str:
        password = self._server.password
        return reason.replace(password, "***") if password else reason


class FileOutbox:
    """Writes each mail as one .eml file: what development has in place of a mail server."""

    def __init__(self, directory: Path) -> None:
        """Take the directory; it is made, readable by its owner alone, when the first mail comes."""
        self._directory = directory

    async def send(self, message: EmailMessage) -> None:
        """Write `message`, whole or not at all. Raises MailError when the directory does not take it."""
        try:
            await asyncio.to_thread(self._write, message.as_bytes())
        except OSError as error:
            raise MailError(f"cannot write to {self._directory}: {error.strerror}") from None

    def _write(self, data: bytes) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        self._directory.chmod(0o700)
        # Sorted by name is sorted by time. No address: names of files show up in listings and backups.
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(4)}.eml"
        unfinished = self._directory / f".{name}.part"
        try:
            with os.fdopen(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
                file.write(data)
            unfinished.replace(self._directory / name)
        finally:
            unfinished.unlink(missing_ok=True)


def _readable_encoding(text: str) -> str:
    """Return the transfer encoding that leaves `text` readable in the raw message: never base64."""
    plain = text.isascii() and all(len(line) <= _SEVEN_BIT_LINE for line in text.splitlines())
    return "7bit" if plain else "quoted-printable"


def _sender(text: str) -> Address:
    name, address = parseaddr(text)
    return _address(address, "sender", one_line(name))


def _address(text: str, role: str, display_name: str = "") -> Address:
    """Return `text` as one address, its domain in ASCII. Raises ValueError when it is not one."""
    if not _ADDRESS.fullmatch(text):
        raise ValueError(f"the {role} is not an email address")
    user, domain = text.split("@")
    # An address in brackets is no name, and newer Pythons refuse to encode it as one.
    return Address(display_name, user, domain if domain.isascii() else domain.encode("idna").decode("ascii"))


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
