"""The kinds of values that variables may hold; each says what it must be when it is not."""

import re
from email.utils import getaddresses
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from email_validator import validate_email
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic_settings import NoDecode

POSTGRES_SCHEMES = ("postgres", "postgresql", "postgresql+asyncpg")
SQLITE_SCHEMES = ("sqlite", "sqlite+aiosqlite")
HIGHEST_PORT = 65535

HOST_NAME = re.compile(r"(?!-|[0-9]+\Z)[A-Za-z0-9._-]{1,253}")
"""A number alone is a port that lacks its host."""
EMAIL = re.compile(r"[^\s@<>,;\"()]+@[^\s@<>,;\"()]+")
FERNET_KEY = re.compile(r"[A-Za-z0-9_-]{43}=")
ADDRESS = re.compile(r"(?:\[(?P<ipv6>[0-9A-Fa-f:.]+)\]|(?P<name>[^\[\]:]+))(?::(?P<port>[0-9]{1,5}))?")


def must_be(phrase: str) -> WrapValidator:
    """Make the error of a wrong value say what the value must be, whatever the reason was."""

    def judged(value: object, judge: ValidatorFunctionWrapHandler) -> object:
        try:
            return judge(value)
        except ValueError:
            raise ValueError(phrase) from None

    return WrapValidator(judged)


def check(holds: object) -> None:
    """Refuse a value for which a condition does not hold; `must_be` finds the words.

    Raises:
        ValueError: the condition does not hold.
    """
    if not holds:
        raise ValueError


def split_address(address: str) -> tuple[str, int | None]:
    """Take ``host``, ``host:port``, ``[ipv6]`` or ``[ipv6]:port`` apart; the port is None when not given.

    Raises:
        ValueError: it is none of these, or the port is not from 1 to 65535.
    """
    match = ADDRESS.fullmatch(address)
    if match is None:
        raise ValueError(address)
    port = int(match["port"]) if match["port"] else None
    check(port is None or 1 <= port <= HIGHEST_PORT)
    host = str(IPv6Address(match["ipv6"])) if match["ipv6"] else _host(match["name"])
    return host, port


def _host(host: str) -> str:
    if not HOST_NAME.fullmatch(host):
        ip_address(host)
    return host


def _public_address(address: str) -> str:
    split_address(address)
    return address


def _database_url(url: SecretStr) -> SecretStr:
    parts = urlsplit(url.get_secret_value())
    scheme = url.get_secret_value().partition("://")[0]
    check(scheme in (*POSTGRES_SCHEMES, *SQLITE_SCHEMES))
    if scheme in SQLITE_SCHEMES:
        check(not parts.netloc and parts.path.strip("/") and parts.path != "/:memory:")
    else:
        # Several hosts may stand there, of which one takes changes at a time.
        ports = [urlsplit(f"//{host}").port for host in parts.netloc.rpartition("@")[2].split(",")]
        check(0 not in ports and (parts.netloc or parts.path.strip("/")))
    return url


def _fernet_key(key: SecretStr) -> SecretStr:
    # The class itself would overlook what follows a key.
    check(FERNET_KEY.fullmatch(key.get_secret_value()))
    return key


def _email(address: str) -> str:
    check(EMAIL.fullmatch(address) and address.isprintable())
    return address


def _sender(sender: str) -> str:
    [(_name, address)] = getaddresses([sender])
    check(sender.isprintable())
    _email(address)
    return sender


def _printable(text: str) -> str:
    check(text.isprintable())
    return text


def _app_name(name: str) -> str:
    check(name.isascii() and name.isprintable() and ":" not in name)
    return name


def _directory(path: Path) -> Path:
    # A question mark would begin the options of the database's URL.
    check("?" not in str(path))
    return _file(path)


def _file(path: Path) -> Path:
    check(str(path).isprintable())
    try:
        return path.expanduser()
    except RuntimeError as error:
        raise ValueError from error


def _between_commas(value: object) -> object:
    if not isinstance(value, str):
        return value
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _network(value: object) -> object:
    return ip_network(value) if isinstance(value, str) else value


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _domain(domain: str) -> str:
    """Give a domain as it stands in addresses that were checked."""
    below, name = ("*.", domain[2:]) if domain.startswith("*.") else ("", domain.removeprefix("@"))
    return below + validate_email(f"anybody@{name}", check_deliverability=False).domain


Switch = Annotated[bool, must_be("on or off (or yes/no, true/false, 1/0)")]
Port = Annotated[int, Field(ge=1, le=HIGHEST_PORT), must_be("a whole number from 1 to 65535")]
ListenPort = Annotated[
    int, Field(ge=0, le=HIGHEST_PORT), must_be("a whole number from 1 to 65535 (or 0 for any free port)")
]
Minutes = Annotated[int, Field(ge=1, le=60), must_be("a whole number of minutes from 1 to 60")]
IdleMinutes = Annotated[int, Field(ge=1, le=1440), must_be("a whole number of minutes from 1 to 1440")]
SessionHours = Annotated[int, Field(ge=1, le=168), must_be("a whole number of hours from 1 to 168")]
Days = Annotated[int, Field(ge=1, le=3650), must_be("a whole number of days from 1 to 3650")]
Workers = Annotated[int, Field(ge=1, le=64), must_be("a whole number from 1 to 64")]
DrainSeconds = Annotated[int, Field(ge=0, le=3600), must_be("a whole number of seconds from 0 to 3600")]
Count = Annotated[int, Field(ge=1, le=100_000), must_be("a whole number from 1 to 100000")]
Host = Annotated[str, AfterValidator(_host), must_be("a host name or an IP address, without a port")]
PublicAddress = Annotated[
    str, AfterValidator(_public_address), must_be("host or host:port, with an IPv6 address in brackets")
]
ListenAddress = Annotated[
    str, AfterValidator(_public_address),
    must_be("an address to listen on, as host or host:port, with an IPv6 address in brackets"),
]  # fmt: skip
AppName = Annotated[
    str, Field(max_length=20), AfterValidator(_app_name),
    must_be("1 to 20 ASCII letters, digits, spaces and signs other than the colon"),
]  # fmt: skip
LogLevel = Annotated[
    Literal["DEBUG", "INFO", "WARNING", "ERROR"],
    BeforeValidator(_upper), must_be("DEBUG, INFO, WARNING or ERROR"),
]  # fmt: skip
Directory = Annotated[
    Path,
    AfterValidator(_directory),
    must_be("a directory's path, without control characters and question marks"),
]
File = Annotated[Path, AfterValidator(_file), must_be("a file's path, without control characters")]
DatabaseUrl = Annotated[
    SecretStr, AfterValidator(_database_url),
    must_be(
        "sqlite:///path, sqlite:////absolute/path, postgres://user:password@host/name or postgresql://..., "
        "with signs such as @ / : # in the password written as %40 %2F %3A %23"
    ),
]  # fmt: skip
SecretKey = Annotated[SecretStr, Field(min_length=32), must_be("at least 32 characters long")]
SecretKeys = Annotated[
    tuple[Annotated[SecretStr, Field(min_length=32)], ...],
    NoDecode, BeforeValidator(_between_commas),
    must_be("secrets of at least 32 characters with commas between them"),
]  # fmt: skip
FernetKeys = Annotated[
    tuple[Annotated[SecretStr, AfterValidator(_fernet_key)], ...],
    NoDecode, BeforeValidator(_between_commas),
    must_be("Fernet keys (32 random bytes in URL-safe base64, 44 characters) with commas between them"),
]  # fmt: skip
Emails = Annotated[
    tuple[Annotated[str, AfterValidator(_email)], ...],
    NoDecode, BeforeValidator(_between_commas), must_be("email addresses with commas between them"),
]  # fmt: skip
Registration = Annotated[
    Literal["open", "invite", "closed"], BeforeValidator(_lower), must_be("open, invite or closed")
]
Domains = Annotated[
    tuple[Annotated[str, AfterValidator(_domain)], ...],
    NoDecode, BeforeValidator(_between_commas),
    must_be("domains (such as example.org, or *.example.org for all below it) with commas between them"),
]  # fmt: skip
Contact = Annotated[
    str, Field(max_length=60), AfterValidator(_printable),
    must_be("at most 60 characters that can be shown, such as an email address"),
]  # fmt: skip
InvitationDays = Annotated[int, Field(ge=1, le=90), must_be("a whole number of days from 1 to 90")]
Networks = Annotated[
    tuple[Annotated[IPv4Network | IPv6Network, BeforeValidator(_network)], ...],
    NoDecode, BeforeValidator(_between_commas),
    must_be("IP addresses or networks (such as 10.0.0.0/8) with commas between them"),
]  # fmt: skip
Sender = Annotated[str, AfterValidator(_sender), must_be("an email address, alone or as: Name <address>")]
Text = Annotated[str, AfterValidator(_printable), must_be("text without control characters")]
