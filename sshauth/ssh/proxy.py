"""The PROXY protocol, versions 1 and 2: a balancer's header that tells who is behind a connection.

Strict: what this does not know it refuses. Of a connection it reads the header and not one byte more.
"""

import re
import socket
import struct
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple

from sshauth.ssh.sockets import peek

FIRST_SIGNATURE = b"PROXY "
SECOND_SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
LONGEST_FIRST = 107
LONGEST_SECOND = 536
FIXED_PART = 16
"""Of a header of version 2: signature, command, family and the length of the rest."""

LOCAL, PROXY = 0x20, 0x21
"""Version 2 with its two commands."""
TCP4, TCP6 = 0x11, 0x21
ADDRESSES = {TCP4: (IPv4Address, 4, 12), TCP6: (IPv6Address, 16, 36)}
"""By family: what makes an address, the length of one, and of both with their ports."""

FIRST = re.compile(rb"PROXY (TCP4|TCP6) ([0-9A-Fa-f.:]+) ([0-9A-Fa-f.:]+) (\d{1,5}) (\d{1,5})\r\n")
UNKNOWN = re.compile(rb"PROXY UNKNOWN(| [^\r\n]*)\r\n")
VERSIONS = {b"TCP4": 4, b"TCP6": 6}
HIGHEST_PORT = 65535


class Origin(NamedTuple):
    """Who is behind a connection."""

    address: str
    port: int


class BadHeader(Exception):  # noqa: N818 - named for what it is
    """What came is no PROXY header."""

    reason = "PROXY header wrong"


class NoHeader(BadHeader):
    """Nothing whole came, in time or at all."""

    reason = "PROXY header missing"


async def read_header(sock: socket.socket) -> Origin | None:
    """Read a header, and leave what follows it; give the origin that it tells.

    None stands for a connection that the balancer made for itself: a health check.

    Raises:
        BadHeader: something else came, or the end.
        OSError: the connection was lost.
    """
    header = b""
    while True:
        coming = await peek(sock, LONGEST_SECOND - len(header))
        if not coming:
            raise NoHeader
        length = length_of(header + coming)
        header += sock.recv(len(coming) if length is None else length - len(header))
        if len(header) == length:
            return parse(header)


def length_of(data: bytes) -> int | None:
    """Give the length of the header that these bytes begin; None while it cannot be known.

    As long as it is None, all of the bytes belong to the header.

    Raises:
        BadHeader: no header begins so, or none that is short enough.
    """
    if _begins(data, SECOND_SIGNATURE):
        if len(data) < FIXED_PART:
            return None
        length = FIXED_PART + int.from_bytes(data[FIXED_PART - 2 : FIXED_PART])
        if length <= LONGEST_SECOND:
            return length
    elif _begins(data, FIRST_SIGNATURE):
        end = data.find(b"\n", 0, LONGEST_FIRST)
        if end >= 0:
            return end + 1
        if len(data) < LONGEST_FIRST:
            return None
    raise BadHeader


def parse(header: bytes) -> Origin | None:
    """Give the origin that a whole header tells, or None when the balancer connected for itself.

    Raises:
        BadHeader: it is none, or of a kind that is not known here.
    """
    if header.startswith(SECOND_SIGNATURE):
        return _second(header)
    if UNKNOWN.fullmatch(header):
        return None
    found = FIRST.fullmatch(header)
    if found is None or len(header) > LONGEST_FIRST:
        raise BadHeader
    family, source, destination, *ports = found.groups()
    if not all(map(_is_port, ports)):
        raise BadHeader
    _address(destination, VERSIONS[family])
    return Origin(_address(source, VERSIONS[family]), int(ports[0]))


def _second(header: bytes) -> Origin | None:
    if not FIXED_PART <= len(header) <= LONGEST_SECOND:
        raise BadHeader
    command, family, length = struct.unpack_from("!BBH", header, len(SECOND_SIGNATURE))
    body = header[FIXED_PART:]
    if length != len(body):
        raise BadHeader
    if command == LOCAL:
        return None
    if command != PROXY or family not in ADDRESSES:
        raise BadHeader
    make, size, both = ADDRESSES[family]
    if len(body) < both:
        raise BadHeader
    (port,) = struct.unpack_from("!H", body, 2 * size)
    return Origin(str(make(body[:size])), port)


def _begins(data: bytes, signature: bytes) -> bool:
    return data[: len(signature)] == signature[: len(data)]


def _address(text: bytes, version: int) -> str:
    try:
        address = ip_address(text.decode("ascii"))
    except ValueError:
        raise BadHeader from None
    if address.version != version:
        raise BadHeader
    return str(address)


def _is_port(text: bytes) -> bool:
    number = int(text)
    return number <= HIGHEST_PORT and str(number).encode() == text
