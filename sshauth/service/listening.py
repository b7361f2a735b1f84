"""The sockets that people connect to: those of one server alone, or of many workers on the same port.

They are bound here; whoever takes connections from them begins to listen.
"""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Address = tuple[Any, ...]


def bind_alone(host: str, port: int) -> list[socket.socket]:
    """Bind to every address of a host; with port 0 to one that is free, the same for all.

    Raises:
        OSError: the port is in use, or the address is not this machine's.
    """
    sockets: list[socket.socket] = []
    try:
        for family, address in _addresses(host, port):
            taken = sockets[0].getsockname()[1] if sockets else port
            sockets.append(_bound(family, (address[0], taken, *address[2:]), socket.SO_REUSEADDR))
    except OSError:
        close_all(sockets)
        raise
    return sockets


def close_all(sockets: Sequence[socket.socket]) -> None:
    """Close them."""
    for each in sockets:
        each.close()


@dataclass(frozen=True, slots=True)
class Place:
    """An address that workers of ours share, and nobody else can take."""

    family: socket.AddressFamily
    address: Address

    def join(self) -> socket.socket:
        """Give a socket of one's own there. The system deals the connections out among those that listen.

        Raises:
            OSError: the place is not reserved any more.
        """
        return _bound(self.family, self.address, socket.SO_REUSEADDR, socket.SO_REUSEPORT)


@dataclass(frozen=True, slots=True)
class WaysIn:
    """Where a worker takes people in: at its own sockets, at inherited ones, by a tunnel's back door."""

    places: Sequence[Place]
    inherited: Sequence[socket.socket]
    back: socket.socket | None = None

    def join(self) -> Sequence[socket.socket]:
        """Give the sockets to listen on.

        Raises:
            OSError: a place is not reserved any more.
        """
        return self.inherited or [place.join() for place in self.places]


class Reservation:
    """A port that workers share. Until it is closed, nobody but they can listen there.

    SO_REUSEPORT lets any program of the same user in, another sshauth too. So each address is first listened
    on alone for a moment, and then held by a socket that never listens and gives SO_REUSEADDR up: whoever
    wants the port alone is refused, whether a worker lives just then or not.
    """

    def __init__(self, host: str, port: int) -> None:
        """Reserve every address of a host.

        Raises:
            OSError: the port is in use, or the address is not this machine's.
        """
        alone = bind_alone(host, port)
        try:
            for each in alone:
                each.listen(1)
            at = [(each.family, each.getsockname()) for each in alone]
        finally:
            close_all(alone)
        self.held = [
            _bound(family, address, socket.SO_REUSEADDR, socket.SO_REUSEPORT) for family, address in at
        ]
        for each in self.held:
            each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)

    @property
    def places(self) -> list[Place]:
        """What the workers join."""
        return [Place(each.family, each.getsockname()) for each in self.held]

    def close(self) -> None:
        """Give the port back."""
        close_all(self.held)


def _addresses(host: str, port: int) -> list[tuple[socket.AddressFamily, Address]]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return list(dict.fromkeys((family, address) for family, _, _, _, address in found))


def _bound(family: socket.AddressFamily, address: Address, *options: int) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        for option in options:
            sock.setsockopt(socket.SOL_SOCKET, option, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(address)
        sock.settimeout(0)
    except OSError:
        sock.close()
        raise
    return sock
