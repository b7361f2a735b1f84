"""What a session may ask for, and the sentence for who asks for something else.

The limits on connections come before all of these, in ``front``; the limit of time until there is a session
is in ``connection``.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sshauth.ssh.limits import Refusal

SMALLEST_PACKET = 1024
"""Bytes that a client must take at once: cut smaller, a picture would cost everybody half a second."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the client has asked for, when its session is about to begin."""

    term: str | None
    """The kind of its terminal; None where it has none."""
    what: str = "shell"
    """``shell``, ``exec`` or ``subsystem``."""
    packet_bytes: int = SMALLEST_PACKET
    """The longest packet that it takes."""
    is_second: bool = False
    """Whether there was a session on this connection already."""
    is_stopping: bool = False
    """Whether the server takes nobody in any more."""


Guard = Callable[[Asked], Refusal | None]

STOPPING = "The server is stopping. Please come back in a moment."


def not_while_stopping(asked: Asked) -> Refusal | None:
    """Begin nothing that would be ended at once."""
    return Refusal("stopping", STOPPING) if asked.is_stopping else None


def one_session(asked: Asked) -> Refusal | None:
    """Run one session a connection; OpenSSH's ControlMaster would open more."""
    words = "One session a connection. For another one connect anew: ssh -S none"
    return Refusal("second session", words) if asked.is_second else None


def packets_of_some_size(asked: Asked) -> Refusal | None:
    """Cut nothing into crumbs; no real client asks for that."""
    words = f"Your client takes packets of {asked.packet_bytes} bytes only; {SMALLEST_PACKET} are needed."
    return Refusal("tiny packets", words) if asked.packet_bytes < SMALLEST_PACKET else None


def no_command(asked: Asked) -> Refusal | None:
    """Run no commands; the command itself is neither run nor logged."""
    words = "No commands can be run here. Connect without one."
    return Refusal("command", words) if asked.what == "exec" else None


def no_subsystem(asked: Asked) -> Refusal | None:
    """Offer no file transfer and no other subsystem."""
    words = "There is no file transfer and no subsystem here. Connect with plain ssh."
    return Refusal("subsystem", words) if asked.what == "subsystem" else None


def a_terminal(asked: Asked) -> Refusal | None:
    """Run apps in terminals only; also without screens what is typed must be hidden."""
    words = "This is an app for a terminal. Connect without -T, or with -t."
    return Refusal("no terminal", words) if asked.term is None else None


GUARDS: tuple[Guard, ...] = (
    not_while_stopping,
    one_session,
    packets_of_some_size,
    no_command,
    no_subsystem,
    a_terminal,
)
"""All of them, in the order in which they are asked."""


def refusal_of(asked: Asked) -> Refusal | None:
    """Ask each guard in turn; give the first refusal."""
    return next((refusal for guard in GUARDS if (refusal := guard(asked))), None)
