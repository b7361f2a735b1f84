"""The relay that a tunnel goes by, as TUNNEL names it, and what else may be asked of it."""

from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, SecretStr

from sshauth.config_values import HOST_NAME, check, must_be, split_address

SSH_PORT = 22
USUAL_USER = "sshauth"
EVERYWHERE = "*"
"""All addresses of the relay, as OpenSSH writes it."""


@dataclass(frozen=True, slots=True)
class Relay:
    """An SSH server that listens for us. Its user name may be what others know as a password."""

    user: str = field(repr=False)
    host: str
    port: int


def relay_of(url: str) -> Relay:
    """Take ``ssh://user@host:port`` apart; port 22 and a user name of our own go without saying.

    Raises:
        ValueError: it is something else, or holds a password.
    """
    parts = urlsplit(url)
    check(parts.scheme == "ssh" and not (parts.path.strip("/") or parts.query or parts.fragment))
    before, at, address = parts.netloc.rpartition("@")
    user = unquote(before) if at else USUAL_USER
    check(":" not in before and user and user.isprintable() and " " not in user and len(user) <= 255)  # noqa: PLR2004
    host, port = split_address(address)
    return Relay(user, host, port or SSH_PORT)


def _url(url: SecretStr) -> SecretStr:
    relay_of(url.get_secret_value())
    return url


def _listens_on(host: str) -> str:
    check(host == EVERYWHERE or HOST_NAME.fullmatch(host) or ":" in host)
    if ":" in host:
        split_address(f"[{host}]")
    return host


TunnelUrl = Annotated[
    SecretStr, AfterValidator(_url),
    must_be("ssh://user@host or ssh://user@host:port, without a password (TUNNEL_KEY names a key)"),
]  # fmt: skip
TunnelHost = Annotated[
    str, AfterValidator(_listens_on), must_be("a host name, an IP address, or * for all addresses")
]
