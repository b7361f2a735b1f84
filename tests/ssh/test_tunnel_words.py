"""What relays say, and where in it the public address is found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sshauth.ssh.tunnel_words import LONGEST_LINE, LONGEST_PAUSE, Lines, address_in, pause_before, shown


@pytest.mark.parametrize(
    ("line", "address"),
    [
        ("Forwarding    tcp://6.tcp.ngrok.io:12345", ("6.tcp.ngrok.io", 12345)),
        ("Forwarding tcp://1.tcp.eu.ngrok.io:20012 -> localhost:2222", ("1.tcp.eu.ngrok.io", 20012)),
        ("Forwarding TCP connections from tcp://serveo.net:5678", ("serveo.net", 5678)),
        ("Forwarding TCP connections from serveo.net:5678", ("serveo.net", 5678)),
        ("tcp://rnxyz-1-2-3-4.a.free.pinggy.link:40527", ("rnxyz-1-2-3-4.a.free.pinggy.link", 40527)),
        ("TCP: tuns.example:2222", ("tuns.example", 2222)),
        ("Connect with: ssh -p 40022 you@relay.example", ("relay.example", 40022)),
        ("tunnel open at 192.0.2.7:2022", ("192.0.2.7", 2022)),
        ("tcp://Relay.Example:22", ("relay.example", 22)),
        ("Allocated port 12357 for remote forward to localhost:2222", None),
        ("Forwarding HTTP traffic from https://abc.serveo.net", None),
        ("Forwarding http://abc.example:80", None),
        ("forwarding 127.0.0.1:2222 to 0.0.0.0:22", None),
        ("tcp://relay.example:70000", None),
        ("tcp://relay.example:0", None),
        ("tcp://relay.example", None),
        ("You are visitor 12:30 today", None),
        ("Account  Ada (Plan: Free) 10.5.example:443", None),
        ("", None),
    ],
)
def test_the_public_address_in_a_line(line: str, address: tuple[str, int] | None) -> None:
    assert address_in(line) == address


def test_lines_come_whole_however_their_bytes_come() -> None:
    said = "\x1b[2J\x1b]0;title\x07ngröck\r\n\r\nForwarding \x1b[1;32mtcp://a.example:1234\x1b[0m\r\nrest".encode()
    lines = Lines()
    got = [line for number in range(len(said)) for line in lines.feed(said[number : number + 1])]
    assert got == ["ngröck", "Forwarding tcp://a.example:1234"]
    assert lines.feed(b"!\n") == ["rest!"]


def test_a_line_without_an_end_is_bounded() -> None:
    lines = Lines()
    for _ in range(100):
        assert lines.feed(b"x" * 10_000) == []
    assert lines.feed(b"\n") == ["x" * LONGEST_LINE]


@given(st.text())
def test_nothing_that_a_relay_says_moves_the_cursor(line: str) -> None:
    assert shown(line).isprintable()
    address_in(line)


def test_waits_double_to_a_minute_and_are_not_the_same_for_all() -> None:
    assert [pause_before(tries, 1.0) for tries in (0, 1, 2, 3, 6, 1000)] == [1, 2, 4, 8, 60, LONGEST_PAUSE]
    assert pause_before(3, 0.0) == 4
    assert pause_before(10_000, 0.5) == LONGEST_PAUSE * 0.75
