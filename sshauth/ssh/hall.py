"""What a session meets: the app that it runs, the line that it runs on, and what all sessions share."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from textual.app import App

from sshauth.accounts.peer import Peer
from sshauth.meters import Meters
from sshauth.ssh.gate import Gate
from sshauth.ssh.hosting import Host
from sshauth.ssh.limits import Refusal
from sshauth.ssh.lines import Lines

if TYPE_CHECKING:
    from sshauth.ssh.session import Session

SignedIn = Callable[[bool], None]
MakeApp = Callable[[Peer, SignedIn], Awaitable[App[Any]]]
"""Makes the app for a peer. It tells the second argument when somebody has signed in there, or out."""
MakePlainApp = Callable[[Peer, SignedIn], Awaitable["PlainApp"]]
"""Makes the app for a peer who sees no screens."""


@runtime_checkable
class Hosted(Protocol):
    """An app that knows that it runs on a server."""

    def notice(self, words: str) -> None:
        """Show words to the person, whatever they are doing."""

    def server_stops(self, words: str) -> None:
        """End, with these words in the normal screen, because the server stops."""


class PlainApp(Hosted, Protocol):
    """An app that speaks with its person line by line."""

    async def run(self, terminal: Lines) -> tuple[str, int]:
        """Speak until the person leaves or something ends it; give the last words, and the exit status."""

    def exit(self) -> None:
        """End: the person is gone."""


class Line(Protocol):
    """What a session needs of its connection."""

    @property
    def unsent(self) -> int:
        """How many bytes of the connection wait to be sent."""

    def signed_in(self, is_signed_in: bool) -> None:  # noqa: FBT001 - there is nothing else that it could mean
        """Hear that somebody has signed in, or is a stranger again."""

    def is_in_use(self, is_in_use: bool) -> None:  # noqa: FBT001 - the same
        """Hear that an app runs here, or none any more."""

    def refused(self, refusal: Refusal) -> None:
        """Log and count a refusal."""

    def abort(self, reason: str) -> None:
        """Close at once, saying nothing."""


@dataclass(frozen=True, slots=True)
class Hall:
    """What all sessions of a server share."""

    host: Host
    make_app: MakeApp
    make_plain_app: MakePlainApp
    gate: Gate
    sessions: "set[Session]"
    meters: Meters = field(default_factory=Meters)
