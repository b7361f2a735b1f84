"""One person's visit: what all parts of the conversation need."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import partial
from typing import TypeVar

import structlog

from sshauth.accounts.again import again_if_lost
from sshauth.accounts.bundle import Accounts
from sshauth.accounts.entrance import EntrancePolicy
from sshauth.accounts.errors import AccountError
from sshauth.accounts.peer import Identity, Peer
from sshauth.accounts.ssh_keys import Recognised
from sshauth.plain.stay import Stay
from sshauth.plain.talk import Talk
from sshauth.times import zone_of

ONE_MOMENT_AFTER = 1.0
"""Seconds of silence after which there is a word: who cannot see must hear that it is not their turn."""

GIVE_UP_AFTER = 60.0
"""Seconds: while something is being done nobody can leave by a key, unlike on screens."""

Recognise = Callable[[], Awaitable[Recognised | None]]
T = TypeVar("T")

log = structlog.get_logger(__name__)


class OnOurSide(AccountError):  # noqa: N818 - named for what happened
    """Something failed that is nobody's fault here; the log says more under the number."""

    message = "The server cannot reach its database. Nothing that you typed is lost: try again in a while."

    @classmethod
    def known_as(cls, incident: str) -> "OnOurSide":
        """Take the number under which the log tells what happened."""
        return cls(
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
    def entrance(self) -> EntrancePolicy:
        """Who may create an account."""
        return self.accounts.registration.entrance

    @property
    def zone(self) -> tzinfo:
        """The time zone of the person's machine; UTC where it says nothing."""
        return zone_of(self.peer.time_zone)

    async def attempt(self, doing: Callable[..., Awaitable[T]], *facts: object) -> T:
        """Do something that may be refused or fail; where it takes long, say so.

        Raises:
            AccountError: it was refused, or failed.
        """
        silence = asyncio.get_running_loop().call_later(ONE_MOMENT_AFTER, self.talk.say, "One moment.")
        try:
            async with asyncio.timeout(GIVE_UP_AFTER):
                return await again_if_lost(partial(doing, *facts))
        except AccountError:
            raise
        except TimeoutError:
            raise OnOurSide from None
        except Exception:
            incident = secrets.token_hex(4).upper()
            log.exception("plain.failed", incident=incident)
            raise OnOurSide.known_as(incident) from None
        finally:
            silence.cancel()
