"""What a relay says on its session: lines of text, and in one of them perhaps the public address. Pure."""

import re
from codecs import getincrementaldecoder
from ipaddress import ip_address

LONGEST_LINE = 400
"""Characters of a line that are looked at; the rest of it is left out."""
LONGEST_PAUSE = 60.0
HIGHEST_PORT = 65535

# Colours, moves of the cursor, titles: relays draw for terminals.
ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])")
ENDS = re.compile(r"[\r\n]+")
HOST = r"(?P<host>[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)"
PORT = r"(?P<port>\d{1,5})(?!\d)"
AS_URL = re.compile(rf"tcp://{HOST}:{PORT}")
AS_COMMAND = re.compile(rf"\bssh (?:-\S+ )*-p ?{PORT} (?:[^\s@]+@)?{HOST}")
BARE = re.compile(rf"(?<![\w./:@-]){HOST}:{PORT}")
SAYS_SO = re.compile(r"forward|tcp|tunnel", re.IGNORECASE)
"""In a line that has such a word even a bare ``host:port`` is meant."""


class Lines:
    """Makes lines that can be shown of the bytes that a relay sends."""

    def __init__(self) -> None:
        """Begin with none."""
        self._decode = getincrementaldecoder("utf-8")(errors="replace").decode
        self._rest = ""

    def feed(self, data: bytes) -> list[str]:
        """Take bytes, and give the lines that they complete, without blank ones."""
        *whole, rest = ENDS.split(self._rest + self._decode(data))
        self._rest = rest[:LONGEST_LINE]
        return [line for line in map(shown, whole) if line]


def shown(line: str) -> str:
    """Give a line without what a terminal would obey, one space between words."""
    plain = ESCAPES.sub(" ", line[:LONGEST_LINE])
    return " ".join("".join(sign if sign.isprintable() else " " for sign in plain).split())


def address_in(line: str) -> tuple[str, int] | None:
    """Find the public host and port in a line."""
    for pattern in (AS_URL, AS_COMMAND, *([BARE] if SAYS_SO.search(line) else [])):
        for found in pattern.finditer(line):
            host, port = found["host"].lower(), int(found["port"])
            if 1 <= port <= HIGHEST_PORT and _is_public(host):
                return host, port
    return None


def pause_before(tries: int, luck: float) -> float:
    """Give the seconds to wait after so many tries that failed: growing, and not the same for all.

    ``luck`` is between 0 and 1.
    """
    return min(2.0 ** min(tries, 16), LONGEST_PAUSE) * (0.5 + luck / 2)


def _is_public(host: str) -> bool:
    """Tell whether it can be a relay's: a name with a dot, or an address that is not this machine's."""
    try:
        address = ip_address(host)
    except ValueError:
        return "." in host and not host.endswith((".localhost", ".local"))
    return not (address.is_loopback or address.is_unspecified)
