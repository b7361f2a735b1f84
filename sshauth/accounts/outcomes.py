"""What comes of tries to sign in: counted, and those that were judged and refused are logged.

The line of a refusal is what fail2ban reads: docs/log.md promises how it looks. It names neither an account
nor what was typed.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

import structlog

from sshauth.accounts.errors import AccountError, Busy, ClockOff, CodeAlreadyUsed, TooManyTries
from sshauth.accounts.peer import Peer

SIGNED_IN, REGISTERED = "signed in", "registered"
REFUSED, CODE_USED, CLOCK_OFF = JUDGED = ("refused", "code used before", "clock off")
TOO_MANY, BUSY, FAILED = "too many tries", "busy", "failed"
OUTCOMES = (SIGNED_IN, REGISTERED, *JUDGED, TOO_MANY, BUSY, FAILED)

_OF: dict[type[AccountError], str] = {
    CodeAlreadyUsed: CODE_USED,
    ClockOff: CLOCK_OFF,
    TooManyTries: TOO_MANY,
    Busy: BUSY,
}

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Where tries to sign in are told."""

    counts: Counter[str]

    def __post_init__(self) -> None:
        """Begin with all that can be: who watches wants to see a first one as a rise."""
        self.counts.update(dict.fromkeys(OUTCOMES, 0))

    @contextmanager
    def of_a_try(self, peer: Peer) -> Iterator[None]:
        """Tell what kept a try from success, if something does. Who leaves meanwhile is no failure."""
        try:
            yield
        except AccountError as error:
            self._refused(peer, _OF.get(type(error), REFUSED))
            raise
        except Exception:
            self.counts[FAILED] += 1
            raise

    def signed_in(self, peer: Peer, user_id: UUID, *, outcome: str = SIGNED_IN) -> None:
        """Tell that somebody is in."""
        self.counts[outcome] += 1
        log.info("sign_in.done", address=peer.address, user=str(user_id), outcome=outcome)

    def _refused(self, peer: Peer, outcome: str) -> None:
        self.counts[outcome] += 1
        # Tries that are not judged cost nothing: whoever floods could make any number of lines of them.
        if outcome in JUDGED:
            log.info("sign_in.refused", address=peer.address, reason=outcome)
