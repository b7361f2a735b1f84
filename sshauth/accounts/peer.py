"""Who is at the other end, and who they turned out to be."""

from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv6Address, ip_address, ip_network
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Peer:
    """The other end of a connection. Everything but the address is what a stranger claims."""

    address: str
    user_name: str = ""
    client: str = ""

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
