"""One person's visit: what all parts of the conversation need."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import TypeVar

import structlog

from sshauth.accounts.bundle import Accounts
from sshauth.accounts.errors import AccountError
from sshauth.accounts.peer import Identity, Peer
from sshauth.accounts.ssh_keys import Recognised
from sshauth.plain.stay import Stay
from sshauth.plain.talk import Talk
from sshauth.times import zone_of

ONE_MOMENT_AFTER = 1.0
"""Seconds of silence after which there is a word: who cannot see must hear that it is not their turn."""

Recognise = Callable[[], Awaitable[Recognised | None]]
T = TypeVar("T")

log = structlog.get_logger(__name__)


class OnOurSide(AccountError):  # noqa: N818 - named for what happened
    """Something failed that is nobody's fault here; the log says more under the number."""

    def __init__(self, incident: str) -> None:
        """Take the number under which the log tells what happened."""
        super().__init__(
            f"Something went wrong on our side (incident {incident}). "
            "Nothing that you typed is lost: try again."
        )


@dataclass
class Visit:
    """The use cases, who is there, and how to speak with them."""

    accounts: Accounts
    peer: Peer
    app_name: str
    talk: Talk
    stay: Stay
    recognise: Recognise
    recognised: Recognised | None = None
    """Whose remembered key the connection has proven."""
    typed: dict[str, str] = field(default_factory=dict, repr=False)
    """What was typed before, by question, but for secrets and codes."""

    @property
    def me(self) -> Identity:
        """Who is signed in."""
        if self.stay.identity is None:
            raise RuntimeError("something was asked for, and nobody is signed in")
        return self.stay.identity

    @property
    def zone(self) -> tzinfo:
        """The time zone of the person's machine; UTC where it says nothing."""
        return zone_of(self.peer.time_zone)

    async def attempt(self, doing: Awaitable[T]) -> T:
        """Wait for something that may be refused or fail; where it takes long, say so.

        Raises:
            AccountError: it was refused, or failed.
        """
        silence = asyncio.get_running_loop().call_later(ONE_MOMENT_AFTER, self.talk.say, "One moment.")
        try:
            return await doing
        except AccountError:
            raise
        except Exception:
            incident = secrets.token_hex(4).upper()
            log.exception("plain.failed", incident=incident)
            raise OnOurSide(incident) from None
        finally:
            silence.cancel()
