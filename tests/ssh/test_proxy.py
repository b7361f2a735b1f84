"""The header by which a balancer tells who is behind a connection."""

import asyncio
import socket
import struct
from collections.abc import Iterator
from ipaddress import IPv6Address, ip_address

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sshauth.ssh.proxy import (
    LONGEST_FIRST,
    LONGEST_SECOND,
    SECOND_SIGNATURE,
    BadHeader,
    NoHeader,
    Origin,
    length_of,
    parse,
    read_header,
)

IDENTIFICATION = b"SSH-2.0-OpenSSH_9.2p1\r\n"
LOCAL, PROXY = 0x20, 0x21
TCP4, TCP6 = 0x11, 0x21
FOUR = bytes([192, 0, 2, 1, 198, 51, 100, 7]) + struct.pack("!HH", 40000, 22)
SIX = IPv6Address("2001:db8::1").packed + IPv6Address("2001:db8::2").packed + struct.pack("!HH", 40000, 22)

HERE = Origin("192.0.2.1", 40000)

addresses = {"TCP4": st.ip_addresses(v=4), "TCP6": st.ip_addresses(v=6)}
ports = st.integers(0, 65535)


def second(command: int, family: int, body: bytes) -> bytes:
    return SECOND_SIGNATURE + struct.pack("!BBH", command, family, len(body)) + body


@st.composite
def first_headers(draw: st.DrawFn) -> tuple[bytes, Origin | None]:
    """Make a header of version 1, and the address that it tells."""
    family = draw(st.sampled_from(["TCP4", "TCP6", "UNKNOWN"]))
    if family == "UNKNOWN":
        rest = draw(st.sampled_from(["", " ", " ffff:: ffff:: 65535 65535", " anything"]))
        return f"PROXY UNKNOWN{rest}\r\n".encode(), None
    source, destination = draw(addresses[family]), draw(addresses[family])
    port = draw(ports)
    line = f"PROXY {family} {source} {destination} {port} {draw(ports)}\r\n"
    return line.encode(), Origin(str(source), port)


@st.composite
def second_headers(draw: st.DrawFn) -> tuple[bytes, Origin | None]:
    """Make a header of version 2, with extensions or without."""
    extensions = draw(st.binary(max_size=400))
    kind = draw(st.sampled_from(["TCP4", "TCP6", "local"]))
    if kind == "local":
        return second(LOCAL, draw(st.integers(0, 255)), extensions), None
    source, destination = draw(addresses[kind]), draw(addresses[kind])
    port = draw(ports)
    body = source.packed + destination.packed + struct.pack("!HH", port, draw(ports))
    return second(PROXY, TCP4 if kind == "TCP4" else TCP6, body + extensions), Origin(str(source), port)


headers = first_headers() | second_headers()


@given(headers)
def test_the_origin_of_a_right_header_is_read(header: tuple[bytes, Origin | None]) -> None:
    data, origin = header
    assert length_of(data) == len(data)
    assert parse(data) == origin


@given(headers, st.binary(max_size=40), st.integers(0, 600))
def test_the_length_of_a_header_is_known_by_its_own_bytes_alone(
    header: tuple[bytes, Origin | None], behind: bytes, cut: int
) -> None:
    data, _ = header
    assert length_of(data + behind) == len(data)
    assert length_of(data[:cut]) in {None, len(data)}


@given(st.binary(max_size=600))
@example(b"PROXY ")
@example(b"PROXY TCP4 \xff\xff\r\n")
@example(SECOND_SIGNATURE + b"\x21")
@example(SECOND_SIGNATURE + b"\x21\x11\x00\x00")
def test_whatever_comes_is_a_header_or_refused(data: bytes) -> None:
    try:
        length = length_of(data)
    except BadHeader:
        return
    assert length is not None or len(data) < LONGEST_FIRST
    try:
        origin = parse(data)
    except BadHeader:
        return
    assert origin is None or str(ip_address(origin.address)) == origin.address


@given(st.text(alphabet="PROXYTCP46UNKNOWN .:0123456789abcdef\r\n", max_size=120))
def test_no_line_is_misread(text: str) -> None:
    try:
        origin = parse(f"PROXY TCP{text}\r\n".encode())
    except BadHeader:
        return
    assert origin is not None
    assert f" {origin.address} " in text or ":" in origin.address


@pytest.mark.parametrize(
    "line",
    [
        "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n",
        "PROXY TCP4 192.0.2.1 192.0.2.2 1 2",
        "PROXY TCP4 192.0.2.1 192.0.2.2 1 2 \r\n",
        "PROXY TCP4  192.0.2.1 192.0.2.2 1 2\r\n",
        "PROXY  TCP4 192.0.2.1 192.0.2.2 1 2\r\n",
        "proxy TCP4 192.0.2.1 192.0.2.2 1 2\r\n",
        "PROXY TCP5 192.0.2.1 192.0.2.2 1 2\r\n",
        "PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n",
        "PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n",
        "PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n",
        "PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n",
        "PROXY TCP4 192.0.2.1 192.0.2.2 -1 2\r\n",
        "PROXY TCP4 192.0.2.256 192.0.2.2 1 2\r\n",
        "PROXY TCP4 192.0.2.1 192.0.2 1 2\r\n",
        "PROXY TCP4 192.0.02.1 192.0.2.2 1 2\r\n",
        "PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n",
        "PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n",
        "PROXY TCP6 2001:db8:::1 2001:db8::2 1 2\r\n",
        "PROXY TCP6 fe80::1%eth0 fe80::2 1 2\r\n",
        "PROXY TCP4 192.0.2.1 192.0.2.2 １ 2\r\n",
        "PROXY UNKNOWNX\r\n",
        "PROXY\r\n",
        "SSH-2.0-OpenSSH_9.2\r\n",
        "",
    ],
)
def test_lines_that_are_not_quite_a_header_are_refused(line: str) -> None:
    with pytest.raises(BadHeader):
        parse(line.encode())


@pytest.mark.parametrize(
    "header",
    [
        second(0x10, TCP4, FOUR),
        second(0x31, TCP4, FOUR),
        second(0x22, TCP4, FOUR),
        second(PROXY, 0x00, b""),
        second(PROXY, 0x12, FOUR),
        second(PROXY, 0x22, SIX),
        second(PROXY, 0x31, bytes(216)),
        second(PROXY, TCP4, FOUR[:-1]),
        second(PROXY, TCP6, SIX[:-1]),
        second(PROXY, TCP6, FOUR),
        second(PROXY, TCP4, FOUR)[:-1],
        second(PROXY, TCP4, FOUR) + b"\0",
        second(PROXY, TCP4, FOUR + bytes(LONGEST_SECOND)),
        SECOND_SIGNATURE,
    ],
    ids=lambda header: header[12:20].hex(),
)
def test_blocks_that_are_not_quite_a_header_are_refused(header: bytes) -> None:
    with pytest.raises(BadHeader):
        parse(header)


@pytest.mark.parametrize(
    "data",
    [
        b"PROXY " + b"1" * LONGEST_FIRST,
        b"PROXY UNKNOWN " + b"1" * (LONGEST_FIRST - 15) + b"\r\n",
        second(PROXY, TCP4, FOUR + bytes(LONGEST_SECOND - 16 - 12 + 1)),
    ],
)
def test_headers_that_are_too_long_are_refused_as_soon_as_that_is_seen(data: bytes) -> None:
    with pytest.raises(BadHeader):
        length_of(data)


def test_the_longest_headers_are_read() -> None:
    line = b"PROXY UNKNOWN " + b"1" * (LONGEST_FIRST - 16) + b"\r\n"
    block = second(PROXY, TCP4, FOUR + bytes(LONGEST_SECOND - 16 - 12))
    assert (len(line), length_of(line), parse(line)) == (107, 107, None)
    assert (len(block), length_of(block), parse(block)) == (536, 536, HERE)


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Give both ends of a connection; ours does not block."""
    ours, theirs = socket.socketpair()
    ours.settimeout(0)
    with ours, theirs:
        yield ours, theirs


SAMPLES = [
    b"PROXY TCP4 192.0.2.1 198.51.100.7 40000 22\r\n",
    second(PROXY, TCP4, FOUR),
    second(PROXY, TCP4, FOUR + b"\x03\x00\x04abcd"),
]


@pytest.mark.parametrize("header", SAMPLES, ids=["v1", "v2", "v2 extended"])
async def test_not_one_byte_behind_the_header_is_read(
    header: bytes, pair: tuple[socket.socket, socket.socket]
) -> None:
    ours, theirs = pair
    theirs.sendall(header + IDENTIFICATION)
    assert await read_header(ours) == HERE
    assert ours.recv(1000) == IDENTIFICATION


@pytest.mark.parametrize("header", SAMPLES, ids=["v1", "v2", "v2 extended"])
async def test_a_header_may_come_byte_by_byte(
    header: bytes, pair: tuple[socket.socket, socket.socket]
) -> None:
    ours, theirs = pair
    reading = asyncio.create_task(read_header(ours))
    for number in range(len(header)):
        theirs.send(header[number : number + 1])
        await asyncio.sleep(0)
    theirs.send(IDENTIFICATION)
    assert await reading == HERE
    assert ours.recv(1000) == IDENTIFICATION


@pytest.mark.parametrize("header", [IDENTIFICATION, b"PROXY TCP4 nonsense\r\n", b"\r\n\r\n\0\r\nQUITE"])
async def test_what_is_no_header_is_refused_without_waiting_for_more(
    header: bytes, pair: tuple[socket.socket, socket.socket]
) -> None:
    ours, theirs = pair
    theirs.sendall(header)
    with pytest.raises(BadHeader):
        await read_header(ours)


@pytest.mark.parametrize("begun", [b"", b"PROXY TCP4", SECOND_SIGNATURE + b"\x21"])
async def test_an_end_before_the_header_is_whole_is_told_apart(
    begun: bytes, pair: tuple[socket.socket, socket.socket]
) -> None:
    ours, theirs = pair
    theirs.sendall(begun)
    theirs.close()
    with pytest.raises(NoHeader):
        await read_header(ours)
