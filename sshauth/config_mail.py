"""The mail server that the settings amount to, and the sender they give when none is named."""

from dataclasses import dataclass, field
from email.utils import formataddr
from ipaddress import IPv6Address, ip_address


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """An SMTP server to send by, and the sender to name.

    `starttls` begins in the clear and goes over to TLS, `ssl` speaks TLS from the first byte; never both.
    `username` and `password` are both given, or both None: then mail is sent without signing in.
    """

    host: str
    port: int
    starttls: bool
    ssl: bool
    username: str | None
    password: str | None = field(repr=False)
    sender: str


def usual_sender(name: str, host: str) -> str:
    """Give the From for a product's name and the host it runs on, which may be an IP address."""
    return formataddr((name, f"noreply@{_mail_domain(host)}"))


def _mail_domain(host: str) -> str:
    # Mail writes an IP address in brackets, after its kind (RFC 5321 4.1.3).
    try:
        address = ip_address(host)
    except ValueError:
        return host
    return f"[IPv6:{host}]" if isinstance(address, IPv6Address) else f"[{host}]"
