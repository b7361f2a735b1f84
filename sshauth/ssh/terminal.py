"""What a client's terminal can show, told from what the client sends; and output made so that it can."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sshauth.ssh import colour
from sshauth.ssh.charset import ASCII, UTF_8, charset_of, encode
from sshauth.ssh.colour import Depth

LONGEST_VALUE = 256
_ACCEPTED = re.compile(r"COLORTERM|NO_COLOR|LANG|LC_[A-Z]{1,20}|TZ|PLAIN")

_TERM = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._-]{0,63}")
_SHOW_NO_SCREENS = frozenset({"adm3a", "dialup", "dumb", "emacs", "network", "unknown", "vt52"})
"""Terminals that know none of our codes, and names that tell nothing."""
_PLAIN_USER = "plain"
"""The SSH user name of who wants no screens. Nobody can register it."""
_OLD = re.compile(r"vt[1-4]\d\d\b.*")
"""Terminals of the time before UTF-8."""
_PLAIN = re.compile(r"linux\b.*|vt[1-4]\d\d\b.*")
# Strings for the system (pointers, links, the clipboard), and questions about modes.
_NOT_FOR_PLAIN = re.compile(r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\[\?\d+\$p")


@dataclass(frozen=True, slots=True)
class Capability:
    """What a terminal shows."""

    depth: Depth = Depth.TRUE
    """The colours that it has."""
    charset: str = UTF_8
    """The codec of what it shows, and of what is typed there."""
    wants_colours: bool = True
    """Whether its person wants to see them."""
    is_plain: bool = False
    """Whether it may print parts of sequences that it does not know."""
    knows_codes: bool = True
    """Whether it knows escape sequences at all."""

    @property
    def utf8(self) -> bool:
        """Whether it shows all characters."""
        return self.charset == UTF_8

    @property
    def qr(self) -> bool:
        """Whether it shows half blocks in black and white."""
        return self.utf8 and self.knows_codes and self.depth is not Depth.NONE

    @property
    def shows_colours(self) -> bool:
        """Whether its person sees colours."""
        return self.wants_colours and self.depth is not Depth.NONE

    def render(self, text: str) -> bytes:
        """Make of an app's output what this terminal shows."""
        if self.is_plain:
            text = _NOT_FOR_PLAIN.sub("", text)
        depth = self.depth if self.shows_colours else Depth.NONE
        return encode(colour.reduce(text, depth, qr_depth=self.depth), self.charset)


def capability_of(term: str, environment: Mapping[str, str]) -> Capability:
    """Tell what a terminal shows from its TERM and the environment that the client sent."""
    usual = ASCII if _OLD.fullmatch(term) else UTF_8
    return Capability(
        depth=colour.depth_of(term, environment),
        charset=charset_of(environment) or usual,
        wants_colours=not environment.get("NO_COLOR"),
        is_plain=bool(_PLAIN.fullmatch(term)),
        knows_codes=shows_screens(term),
    )


def shows_screens(term: str) -> bool:
    """Tell whether screens can be shown on a kind of terminal; without an honest name nobody tries."""
    return bool(_TERM.fullmatch(term)) and term not in _SHOW_NO_SCREENS


def wants_lines(environment: Mapping[str, str], *, user_name: str = "") -> bool:
    """Tell whether somebody wants questions and answers line by line in place of screens, and says so."""
    return is_plain_user(user_name) or environment.get("PLAIN", "") not in {"", "0"}


def is_plain_user(user_name: str) -> bool:
    """Tell whether an SSH user name says only that no screens are wanted, and nothing of who it is."""
    return user_name.casefold() == _PLAIN_USER


def accepted_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Keep of what a client sent the variables that say how to show things, and honest values."""
    return {
        name: value
        for name, value in environment.items()
        if _ACCEPTED.fullmatch(name) and len(value) <= LONGEST_VALUE and value.isprintable()
    }
