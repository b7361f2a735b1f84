"""Who is at the other end, and who they turned out to be."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from uuid import UUID

TUNNEL = "the tunnel"
"""The address of everybody who comes by a tunnel that does not tell theirs: they are one source."""
TUNNEL_IS = 10
"""As many sources as it counts for: every limit by source is so much larger."""


@dataclass(frozen=True, slots=True)
class ProvenKey:
    """An SSH key that a client signed with: it holds the private half."""

    kind: str
    """As SSH names it, with the size of an RSA key: "ssh-ed25519", "ssh-rsa 3072"."""
    fingerprint: str
    """``SHA256:`` and 43 characters, as ``ssh-keygen -l`` shows it."""


@dataclass(frozen=True, slots=True)
class Peer:
    """The other end of a connection. Everything but address and key is what a stranger claims.

    Of that only what can be shown is kept: NUL, which Postgres refuses, would undo what a try counted.
    """

    address: str
    user_name: str = ""
    client: str = ""
    key: ProvenKey | None = None
    remark: str = ""
    """What the server has said about its keys, before there was a screen to read it on."""
    draws_qr: bool = True
    """Whether its terminal shows half blocks in black and white."""
    shows_colours: bool = True
    """Whether its terminal has colours, and its person wants to see them."""
    time_zone: str = ""
    """The name of its time zone, as it claims (TZ); blank where it says nothing."""

    def __post_init__(self) -> None:
        for name in ("user_name", "client", "time_zone"):
            claimed = getattr(self, name)
            object.__setattr__(self, name, "".join(filter(str.isprintable, claimed)))

    @property
    def source(self) -> str:
        """What counters count by: the address, or an IPv6 address's /64, which one person holds whole."""
        try:
            address = ip_address(self.address.partition("%")[0])
        except ValueError:
            return self.address[:64]
        if not isinstance(address, IPv6Address):
            return str(address)
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ip_network((address, 64), strict=False))


COMMAND_LINE = "command line"
"""The client of what operators do by command. No SSH client can call itself that: they begin with SSH."""
NOWHERE = Peer("")
"""From where what an administrator does comes to whom it concerns: no address of anybody."""


def sources_in(source: str) -> int:
    """Give how many sources a source counts for."""
    return TUNNEL_IS if source == TUNNEL else 1


def client_in_a_list(client: str) -> str:
    """Give an SSH client's name for a column, which says what it is."""
    return client_name(client).removesuffix(" client")


def client_name(client: str) -> str:
    """Give what people call an SSH client, of the version that it claims: "PuTTY", "OpenSSH"."""
    name = client
    if client.startswith("SSH-"):
        name = re.split(r"[ _]|-(?=v?\d)", client.removeprefix("SSH-2.0-"))[0]
    return "".join(character for character in name if character.isprintable())[:32] or "unknown client"


@dataclass(frozen=True, slots=True)
class LastSignIn:
    """When and from where somebody signed in the time before."""

    at: datetime
    address: str


@dataclass(frozen=True, slots=True)
class Identity:
    """A person who signed in with password and code."""

    user_id: UUID
    user_name: str
    first_name: str
    session_id: UUID
    last_sign_in: LastSignIn | None
    recovery_codes_left: int = 0
    recovery_codes_kept: bool = True
    is_admin: bool = False
    theme: str = ""
    """The colours that the person has chosen; blank where they never did."""


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """How long a session may last, by the state it is in; only keyboard input counts (NIST 800-63B, ours)."""

    idle: timedelta = timedelta(minutes=30)
    absolute: timedelta = timedelta(hours=12)
    stranger_idle: timedelta = timedelta(minutes=5)
    stranger_absolute: timedelta = timedelta(minutes=15)
    waiting_idle: timedelta = timedelta(minutes=15)
    """For who waits for a mail, or has begun to register."""
    waiting_absolute: timedelta = timedelta(minutes=45)
