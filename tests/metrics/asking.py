"""Asking a web server by bare sockets, and reading the numbers on its page."""

import re
import socket
from dataclasses import dataclass

SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$", re.MULTILINE)
LABEL = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    head: str
    body: str


def ask(port: int, request: bytes, *, seconds: float = 10) -> bytes:
    """Send a request and give all that comes until the end."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def get(port: int, path: str = "/metrics") -> Answer:
    """Ask for a page."""
    return read(ask(port, f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()))


def read(said: bytes) -> Answer:
    """Take an answer apart."""
    head, _, body = said.decode().partition("\r\n\r\n")
    return Answer(int(head.split(" ")[1]), head, body)


def numbers_on(page: str) -> dict[str, float]:
    """Give the samples on a page by name and labels, as they stand there."""
    return {
        f"{name}{{{labels}}}" if labels else name: float(value)
        for name, labels, value in SAMPLE.findall(page)
    }


def names_on(page: str) -> set[str]:
    """Give the names of all samples and families on a page."""
    named = {name for name, _, _ in SAMPLE.findall(page)}
    return named | set(re.findall(r"^# TYPE (\w+) ", page, re.MULTILINE))


def numbers(port: int) -> dict[str, float]:
    """Ask for the numbers."""
    answer = get(port)
    assert answer.status == 200, answer
    return numbers_on(answer.body)
