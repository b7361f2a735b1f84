"""Mail on its way: to real servers on loopback, and to files."""

import asyncio
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sshauth.mail.layout import Attachment, Content
from sshauth.mail.transport import FileOutbox, MailError, SMTPTransport, compose
from tests.mail.smtp_server import SmtpServer, tls_contexts

NOW = datetime(2026, 11, 24, 3, 15, 30, tzinfo=UTC)
PASSWORD = "a long mail password"


@dataclass(frozen=True)
class Server:
    """What the settings say about a mail server."""

    port: int = 25
    host: str = "127.0.0.1"
    starttls: bool = False
    ssl: bool = False
    username: str | None = None
    password: str | None = None


def a_mail(
    *,
    name: str = "Grace",
    subject: str = "Your code",
    sender: str = "sshauth <no-reply@example.org>",
    to: str = "grace@example.org",
) -> EmailMessage:
    content = Content(subject, f"Hello {name},\n\nCODE-CODE\n", f"<p>Hello {name},</p>\n<p>CODE-CODE</p>\n")
    return compose(content, sender=sender, to=to, now=NOW, message_id_domain="auth.example.org")


def part(message: EmailMessage, kind: str) -> EmailMessage:
    found = message.get_body(preferencelist=(kind,))
    assert isinstance(found, EmailMessage)
    return found


def by_name(directory: Path) -> list[Path]:
    return sorted(directory.iterdir())


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Yield a port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


# The message


def test_a_message_has_both_parts_and_all_headers() -> None:
    """Text and HTML are alternatives; the headers say who, when, and that a program wrote it."""
    message = message_from_bytes(a_mail().as_bytes(), policy=policy.default)
    assert message.get_content_type() == "multipart/alternative"
    assert [each.get_content_type() for each in message.iter_parts()] == ["text/plain", "text/html"]
    assert part(message, "plain").get_content() == "Hello Grace,\n\nCODE-CODE\n"
    assert part(message, "html").get_content() == "<p>Hello Grace,</p>\n<p>CODE-CODE</p>\n"
    headers = {name: str(value) for name, value in message.items() if name != "Content-Type"}
    assert headers.pop("Message-ID").endswith("@auth.example.org>")
    assert headers == {
        "From": "sshauth <no-reply@example.org>",
        "To": "grace@example.org",
        "Subject": "Your code",
        "Date": "Tue, 24 Nov 2026 03:15:30 +0000",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "MIME-Version": "1.0",
    }


def test_a_file_is_attached_beside_both_parts() -> None:
    """Byte for byte, under its name, as a file to save; the words stay what a client shows."""
    data = '{"name": "Jürgen"}\r\n.\n' + "x" * 2000
    content = Content("s", "t\n", "h\n", Attachment("sshauth-grace.json", data))
    raw = compose(content, sender="a@b.org", to="c@d.org", now=NOW, message_id_domain="b.org").as_bytes()
    message = message_from_bytes(raw, policy=policy.default)
    (file,) = message.iter_attachments()
    assert (file.get_filename(), file.get_content_type()) == ("sshauth-grace.json", "application/json")
    assert file.get_content() == data.encode()
    assert [part(message, kind).get_content() for kind in ("plain", "html")] == ["t\n", "h\n"]
    assert max(len(line) for line in raw.splitlines()) <= 998


def test_every_message_has_an_id_of_its_own() -> None:
    """Two mails with the same words are two mails."""
    assert a_mail()["Message-ID"] != a_mail()["Message-ID"]


def test_a_date_is_written_in_utc() -> None:
    """A time of another zone is turned into UTC."""
    elsewhere = NOW.astimezone(timezone(timedelta(hours=9)))
    content = Content("s", "t", "h")
    message = compose(content, sender="a@b.org", to="c@d.org", now=elsewhere, message_id_domain="b.org")
    assert message["Date"] == "Tue, 24 Nov 2026 03:15:30 +0000"


@pytest.mark.parametrize("name", ["Grace", "Jürgen Müller", "山田太郎", "x" * 2000, "ü" * 2000])
def test_the_text_stays_readable_in_the_raw_message(name: str) -> None:
    """No part is ever base64, so that a pager shows the code; every line is short enough for SMTP."""
    raw = a_mail(name=name).as_bytes()
    assert b"base64" not in raw
    assert b"CODE-CODE" in raw.splitlines()
    assert max(len(line) for line in raw.splitlines()) <= 998
    message = message_from_bytes(raw, policy=policy.default)
    assert part(message, "plain").get_content() == f"Hello {name},\n\nCODE-CODE\n"
    assert f"<p>Hello {name},</p>" in part(message, "html").get_content()


@pytest.mark.parametrize(
    ("sender", "expected"),
    [
        ("no-reply@example.org", ("", "no-reply@example.org")),
        ('"Müller, Jürgen" <no-reply@example.org>', ("Müller, Jürgen", "no-reply@example.org")),
        ("x <no-reply@münchen.example>", ("x", "no-reply@xn--mnchen-3ya.example")),
        ("x <no-reply@localhost>", ("x", "no-reply@localhost")),
        ("x <no-reply@[127.0.0.1]>", ("x", "no-reply@[127.0.0.1]")),
        ("x <no-reply@[IPv6:2001:db8::1]>", ("x", "no-reply@[IPv6:2001:db8::1]")),
    ],
)
def test_a_sender_may_have_a_name(sender: str, expected: tuple[str, str]) -> None:
    """The name is quoted or encoded as it needs to be, the domain becomes ASCII."""
    message = message_from_bytes(a_mail(sender=sender).as_bytes(), policy=policy.default)
    (address,) = message["From"].addresses
    assert (address.display_name, address.addr_spec) == expected


@pytest.mark.parametrize(
    ("to", "sender", "subject", "reason"),
    [
        (
            "grace@example.org\r\nBcc: eve@example.org",
            "a@b.org",
            "s",
            "the recipient is not an email address",
        ),
        ("grace@example.org, eve@example.org", "a@b.org", "s", "the recipient is not an email address"),
        ("grace@e>, <eve@example.org", "a@b.org", "s", "the recipient is not an email address"),
        ("Grace <grace@example.org>", "a@b.org", "s", "the recipient is not an email address"),
        ("", "a@b.org", "s", "the recipient is not an email address"),
        ("grace@example.org", "nobody", "s", "the sender is not an email address"),
        ("grace@example.org", "a@b.org", "s\r\nBcc: eve@example.org", "linefeed or carriage return"),
    ],
)
def test_nothing_adds_a_header_or_a_recipient(to: str, sender: str, subject: str, reason: str) -> None:
    """What does not fit into its header is refused for good (CWE-93)."""
    with pytest.raises(MailError, match=reason) as caught:
        a_mail(to=to, sender=sender, subject=subject)
    assert caught.value.permanent


@settings(deadline=None)
@given(to=st.text() | st.tuples(st.text(), st.text()).map("@".join))
def test_any_recipient_is_one_recipient_or_an_error(to: str) -> None:
    """Whatever stands in the address column, a mail has exactly one recipient or is not made."""
    try:
        message = message_from_bytes(a_mail(to=to).as_bytes(), policy=policy.default)
    except MailError:
        return
    assert len(message["To"].addresses) == 1
    assert message.keys()[:3] == ["From", "To", "Subject"]


def test_a_reason_is_one_clean_short_line() -> None:
    """Foreign text in an error is stripped and cut (row 26)."""
    assert str(MailError("a\r\nb\x1b[31mc" + "x" * 300)) == "a b[31mc" + "x" * 192


# SMTP


async def test_a_mail_arrives() -> None:
    """A plain server on loopback gets what was composed."""
    with SmtpServer() as server:
        await SMTPTransport(Server(server.port)).send(a_mail(name="Jürgen"))
        (message,) = server.messages
    assert message["To"] == "grace@example.org"
    assert message["Auto-Submitted"] == "auto-generated"
    assert part(message, "plain").get_content() == "Hello Jürgen,\n\nCODE-CODE\n"
    assert part(message, "plain")["Content-Transfer-Encoding"] == "quoted-printable"


async def test_an_address_in_another_script_gets_mail() -> None:
    """A server that knows SMTPUTF8 takes it as it is written (RFC 6531)."""
    with SmtpServer() as server:
        await SMTPTransport(Server(server.port)).send(a_mail(to="jürgen@bücher.example"))
        (message,) = server.messages
    (address,) = message["To"].addresses
    raw: str = address.addr_spec  # Python's parser leaves UTF-8 in headers as it came
    assert raw.encode(errors="surrogateescape").decode() == "jürgen@xn--bcher-kva.example"


async def test_a_mail_arrives_over_starttls_with_a_login(tmp_path: Path) -> None:
    """The usual way: STARTTLS, then user name and password."""
    tls, trusting = tls_contexts(tmp_path)
    with SmtpServer(tls=tls, login=("me", PASSWORD)) as server:
        account = Server(server.port, starttls=True, username="me", password=PASSWORD)
        await SMTPTransport(account, tls_context=trusting).send(a_mail())
        assert len(server.messages) == 1


async def test_a_mail_arrives_over_tls_from_the_start(tmp_path: Path) -> None:
    """MAIL_USE_SSL: TLS before the first word."""
    tls, trusting = tls_contexts(tmp_path)
    with SmtpServer(tls=tls, tls_from_start=True) as server:
        await SMTPTransport(Server(server.port, ssl=True), tls_context=trusting).send(a_mail())
        assert len(server.messages) == 1


@pytest.mark.parametrize("from_start", [False, True])
async def test_an_unknown_certificate_gets_no_mail(tmp_path: Path, *, from_start: bool) -> None:
    """Without a reason to trust it, a certificate ends the sending."""
    tls, _ = tls_contexts(tmp_path)
    with SmtpServer(tls=tls, tls_from_start=from_start) as server:
        transport = SMTPTransport(Server(server.port, starttls=not from_start, ssl=from_start))
        with pytest.raises(MailError, match="certificate verify failed"):
            await transport.send(a_mail())
        assert server.messages == []


async def test_a_certificate_of_another_host_gets_no_mail(tmp_path: Path) -> None:
    """A trusted certificate must also be for the host that the settings name."""
    tls, trusting = tls_contexts(tmp_path, host="192.0.2.1")
    with SmtpServer(tls=tls) as server:
        transport = SMTPTransport(Server(server.port, starttls=True), tls_context=trusting)
        with pytest.raises(MailError, match=r"certificate is not valid for '127\.0\.0\.1'"):
            await transport.send(a_mail())
        assert server.messages == []


async def test_starttls_never_falls_back_to_clear_text() -> None:
    """A server (or somebody on the way) that offers no STARTTLS gets neither password nor mail."""
    with SmtpServer(login=("me", PASSWORD)) as server:
        account = Server(server.port, starttls=True, username="me", password=PASSWORD)
        with pytest.raises(MailError, match="STARTTLS extension not supported"):
            await SMTPTransport(account).send(a_mail())
        assert server.messages == []


async def test_a_login_in_clear_text_stays_on_this_machine() -> None:
    """A relay on loopback may ask for a login without TLS."""
    with SmtpServer(login=("me", PASSWORD)) as server:
        await SMTPTransport(Server(server.port, username="me", password=PASSWORD)).send(a_mail())
        assert len(server.messages) == 1


@pytest.mark.parametrize("host", ["mail.example.org", "192.0.2.1", "localhost.example.org", "2001:db8::1"])
def test_a_login_in_clear_text_to_another_machine_is_refused_at_start(host: str) -> None:
    """A password in clear text on a network is nobody's wish (RFC 4954 4)."""
    with pytest.raises(ValueError, match=rf"would go to {host} in clear text"):
        SMTPTransport(Server(host=host, username="me", password=PASSWORD))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.2", "::1"])
def test_this_machine_has_several_names(host: str) -> None:
    """All of loopback counts as this machine."""
    SMTPTransport(Server(host=host, username="me", password=PASSWORD))


def test_both_kinds_of_tls_at_once_are_refused_at_start() -> None:
    """One of them is a mistake, and which one cannot be guessed."""
    with pytest.raises(ValueError, match="not both"):
        SMTPTransport(Server(starttls=True, ssl=True))


async def test_a_refused_login_names_no_password() -> None:
    """The server's words are left out, for they may repeat the password, as this server's do."""
    with SmtpServer(login=("me", "another")) as server:
        account = Server(server.port, username="me", password=PASSWORD)
        with pytest.raises(MailError) as caught:
            await SMTPTransport(account).send(a_mail())
    assert str(caught.value) == "the mail server refused the user name or password (535)"
    assert not caught.value.permanent


async def test_a_refusal_is_told_in_one_clean_line() -> None:
    """An SMTP reply is foreign text: no controls, no password, not long (row 26); and a 5xx is for good."""
    refusal = f"550-5.1.1 No\x1b[31m such user\r\n550 {PASSWORD} " + "x" * 300
    with SmtpServer(refusal=refusal) as server:
        account = Server(server.port, password=PASSWORD)
        with pytest.raises(MailError) as caught:
            await SMTPTransport(account).send(a_mail())
    reason = str(caught.value)
    assert reason.startswith("the mail server answered 550 5.1.1 No[31m such user *** xxx")
    assert len(reason) == 200
    assert caught.value.permanent


async def test_a_busy_server_may_be_asked_again() -> None:
    """A 4xx reply is not for good: greylisting asks for a second try."""
    with SmtpServer(refusal="451 4.7.1 Come back later") as server, pytest.raises(MailError) as caught:
        await SMTPTransport(Server(server.port)).send(a_mail())
    assert str(caught.value) == "the mail server answered 451 4.7.1 Come back later"
    assert not caught.value.permanent


@pytest.mark.parametrize("tls", [False, True])
async def test_a_server_that_hangs_costs_no_more_than_the_timeout(silent_port: int, *, tls: bool) -> None:
    """Sending ends by itself, and the event loop runs on meanwhile."""
    began = time.monotonic()
    with pytest.raises(MailError, match=r"^the mail server did not take the mail within 0\.1 s$") as caught:
        await SMTPTransport(Server(silent_port, ssl=tls), timeout=0.1).send(a_mail())
    assert time.monotonic() - began < 5
    assert not caught.value.permanent


async def test_a_server_that_is_not_there_is_named() -> None:
    """The reason says host and port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(MailError, match=rf"127\.0\.0\.1 on port {port}: .*Connect call failed") as caught:
        await SMTPTransport(Server(port)).send(a_mail())
    assert not caught.value.permanent


async def test_a_mail_that_was_taken_is_sent_even_if_the_goodbye_fails() -> None:
    """Else the queue would send it twice."""
    with SmtpServer(hangs_up_on_quit=True) as server:
        await SMTPTransport(Server(server.port)).send(a_mail())
        assert len(server.messages) == 1


async def test_many_mails_go_out_at_once() -> None:
    """Every mail has a connection of its own."""
    with SmtpServer() as server:
        transport = SMTPTransport(Server(server.port))
        await asyncio.gather(*(transport.send(a_mail(name=f"number {n}")) for n in range(20)))
        names = {part(message, "plain").get_content().splitlines()[0] for message in server.wait_for(20)}
    assert names == {f"Hello number {n}," for n in range(20)}


# Files


async def test_the_outbox_writes_files_for_their_owner_alone(tmp_path: Path) -> None:
    """One .eml a mail, whole, mode 0600 in a directory of mode 0700; nothing else is left."""
    outbox = tmp_path / "data" / "outbox"
    await FileOutbox(outbox).send(a_mail(name="Jürgen"))
    (file,) = by_name(outbox)
    assert file.suffix == ".eml"
    assert (file.stat().st_mode & 0o777, outbox.stat().st_mode & 0o777) == (0o600, 0o700)
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert message["To"] == "grace@example.org"
    assert part(message, "plain").get_content() == "Hello Jürgen,\n\nCODE-CODE\n"


async def test_the_outbox_closes_a_directory_that_stood_open(tmp_path: Path) -> None:
    """A directory made by hand is made private too."""
    outbox = tmp_path / "outbox"
    outbox.mkdir(mode=0o755)
    await FileOutbox(outbox).send(a_mail())
    assert outbox.stat().st_mode & 0o777 == 0o700


async def test_files_of_the_outbox_sort_by_time_and_tell_no_address(tmp_path: Path) -> None:
    """The newest mail is the last in a listing."""
    outbox = FileOutbox(tmp_path)
    for n in range(5):
        await outbox.send(a_mail(name=str(n)))
    files = by_name(tmp_path)
    assert [f"Hello {n},\n" in file.read_text() for n, file in enumerate(files)] == [True] * 5
    assert not any("grace" in file.name for file in files)


async def test_an_outbox_that_cannot_be_written_is_an_error_of_mail(tmp_path: Path) -> None:
    """The reason names the directory and what is wrong with it."""
    (tmp_path / "outbox").touch()
    with pytest.raises(MailError, match=r"^cannot write to .*/outbox: File exists$") as caught:
        await FileOutbox(tmp_path / "outbox").send(a_mail())
    assert not caught.value.permanent
