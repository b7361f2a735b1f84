"""What every mail is made of: blocks of words, rendered as text and as HTML. Pure.

A mail is written once, as a list of blocks, and rendered twice, so that its two parts cannot drift apart and
no foreign text reaches HTML unescaped (SECURITY.md row 26).
"""

import textwrap
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape

_COLUMNS = 76  # of the text part; RFC 5322 2.1.1 asks for at most 78

# No colour and no background: a mail client's dark mode recolours what sets them, and often badly.
_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
</head>
<body style="margin: 0; padding: 24px 16px; font: 16px/1.5 sans-serif">
<div style="max-width: 36em; margin: 0 auto">
{body}
</div>
</body>
</html>
"""
_PARAGRAPH = '<p style="margin: 0 0 16px">{}</p>'
_LITERAL = (
    '<p style="margin: 0 0 16px; padding: 10px 14px; border: 1px solid #888; border-radius: 6px; '
    'font: bold 16px/1.4 monospace; overflow-wrap: anywhere">{}</p>'
)


@dataclass(frozen=True, slots=True)
class Place:
    """What every mail names about the server: its name, how to get there and how to recognise it."""

    app_name: str
    ssh_command: str
    """The exact command to type, such as `ssh -p 2222 auth.example.org`."""
    host_key_fingerprint: str
    """As `ssh` shows it: `SHA256:` and 43 characters."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """Whose account a mail is about, and when, from where and with what something happened."""

    first_name: str
    user_name: str
    at: datetime
    """An aware time."""
    address: str
    client: str = ""
    """What the SSH client calls itself, which may be anything."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of text that goes with a mail."""

    name: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Content:
    """One mail without its addresses. Its repr leaves the parts out, for they hold codes."""

    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)
    attachment: Attachment | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph of prose; or, `literal`, one thing to copy or compare: a line of its own, never wrapped."""

    words: str
    literal: bool = False


def one_line(foreign: str) -> str:
    """Return foreign text as one harmless line (row 26).

    White space becomes single spaces; everything that is not a printable character goes: C0 and C1 controls,
    bidirectional and zero-width characters, tags, surrogates, unassigned code points.
    """
    spaced = " ".join(foreign.split())
    return "".join(c for c in spaced if c == " " or unicodedata.category(c)[0] not in "CZ").strip()


def moment(at: datetime) -> str:
    """Write a time in UTC, to the minute. Raises ValueError for a naive one."""
    return f"{_utc(at):%Y-%m-%d at %H:%M} UTC"


def clock_time(at: datetime) -> str:
    """Write the time of day of a moment near, in UTC. Raises ValueError for a naive one."""
    return f"{_utc(at):%H:%M} UTC"


def way_in(place: Place, why: str) -> list[Block]:
    """Say, after words that tell why, how to connect and how to know the right server (row 19)."""
    return [
        Block(why),
        Block(place.ssh_command, literal=True),
        Block("When ssh asks whether to trust the server, say yes only if it shows this fingerprint:"),
        Block(place.host_key_fingerprint, literal=True),
    ]


def lay_out(subject: str, blocks: Sequence[Block], attachment: Attachment | None = None) -> Content:
    """Clean the words of every block and render them twice."""
    subject = one_line(subject)
    clean = [Block(one_line(block.words), block.literal) for block in blocks]
    body = "\n".join(_as_html(block) for block in clean)
    return Content(
        subject=subject,
        text="\n\n".join(_as_text(block) for block in clean) + "\n",
        html=_PAGE.format(title=escape(subject), body=body),
        attachment=attachment,
    )


def _as_text(block: Block) -> str:
    if block.literal:
        return block.words
    return textwrap.fill(block.words, _COLUMNS, break_on_hyphens=False)


def _as_html(block: Block) -> str:
    return (_LITERAL if block.literal else _PARAGRAPH).format(escape(block.words))


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("a time without a zone cannot be shown in UTC")
    return at.astimezone(UTC)
