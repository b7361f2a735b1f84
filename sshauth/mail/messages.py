"""The words of every mail, as text and as HTML. Pure: values in, a `Content` out.

A mail is written once, as a list of blocks, and rendered twice, so that its two parts cannot drift apart and
no foreign text reaches HTML unescaped (SECURITY.md row 26).
"""

import textwrap
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
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
class Content:
    """One mail without its addresses. Its repr leaves the parts out, for they hold codes."""

    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Block:
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


def reset_code(
    place: Place,
    *,
    first_name: str,
    user_name: str,
    code: str,
    source: str,
    requested_at: datetime,
    expires_at: datetime,
) -> Content:
    """Write the mail that carries the code of a password reset (rows 14 to 16).

    `code` comes as people type it, `XXXX-XXXX-XXXX-XXXX`; `source` says where the request came from. Both
    times are aware. Raises ValueError for a naive one.
    """
    minutes = round((expires_at - requested_at) / timedelta(minutes=1))
    unit = "minute" if minutes == 1 else "minutes"
    until = f"{_utc(expires_at):%H:%M} UTC"
    app = place.app_name
    return _content(
        f"Your password reset code for {app}",
        [
            _Block(f"Hello {first_name},"),
            _Block(
                f"Somebody asked to reset the password of your account {user_name} on {app}. "
                "If that was you, here is the code:"
            ),
            _Block(code, literal=True),
            _Block(
                f"It works once, until {until} ({minutes} {unit} after the request). "
                "If the form that asks for it is still open, type it there. If not, connect with:"
            ),
            _Block(place.ssh_command, literal=True),
            _Block(
                'On the Sign in screen press F3, then choose "I have a code". You will also be asked for a '
                "code from your authenticator app; the code above is not enough alone."
            ),
            _Block("When ssh asks whether to trust the server, say yes only if it shows this fingerprint:"),
            _Block(place.host_key_fingerprint, literal=True),
            _Block(f"The request came from {source} on {_utc(requested_at):%Y-%m-%d at %H:%M} UTC."),
            _Block(
                "If that was not you, there is nothing to do. Your password was not changed, the code is "
                f"useless without your authenticator, and it dies by itself at {until}. Give it to nobody, "
                "whoever asks."
            ),
        ],
    )


def _content(subject: str, blocks: Sequence[_Block]) -> Content:
    subject = one_line(subject)
    clean = [_Block(one_line(block.words), block.literal) for block in blocks]
    body = "\n".join(_as_html(block) for block in clean)
    return Content(
        subject=subject,
        text="\n\n".join(_as_text(block) for block in clean) + "\n",
        html=_PAGE.format(title=escape(subject), body=body),
    )


def _as_text(block: _Block) -> str:
    if block.literal:
        return block.words
    return textwrap.fill(block.words, _COLUMNS, break_on_hyphens=False)


def _as_html(block: _Block) -> str:
    return (_LITERAL if block.literal else _PARAGRAPH).format(escape(block.words))


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a time without a zone cannot be shown in UTC")
    return moment.astimezone(UTC)
