"""How long somebody may stay, and the session that is watched once they are signed in."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from sshauth.accounts.bundle import Accounts
from sshauth.accounts.peer import Identity, Peer
from sshauth.accounts.session_ends import EndReason
from sshauth.accounts.session_watch import Listener, LiveSession
from sshauth.leaving import goodbye
from sshauth.patience import LOOK_AGAIN, Allowance, Patience


class Stay:
    """Knows who is here, and ends it when the time is up."""

    def __init__(
        self,
        accounts: Accounts,
        peer: Peer,
        listener: Listener,
        *,
        signed_in: Callable[[bool], None],
        warn: Callable[[str], None],
        end: Callable[[str], None],
    ) -> None:
        """Take the use cases, the peer, and who hears of the session's end.

        Then whom to tell that somebody has signed in or out, and what to call with words, ahead of the end
        and at the end.
        """
        self._accounts = accounts
        self._peer = peer
        self._listener = listener
        self._signed_in = signed_in
        self._end = end
        self._patience = Patience(
            warn=lambda words: warn(words.removesuffix(LOOK_AGAIN)), end=self._time_is_up
        )
        self._has_waited = False
        self._live: LiveSession | None = None
        self._since: datetime = accounts.security.clock()
        self.identity: Identity | None = None
        """Who is signed in."""

    def begin(self) -> None:
        """Begin to count the time of a stranger."""
        self._has_waited = False
        self._patience.begin(Allowance.of_stranger(self._accounts.limits))

    def typed(self) -> None:
        """Count from anew how long there was no key."""
        self._patience.touch()
        if self._live is not None:
            self._live.touch()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Allow more to a stranger who waits for a mail, or is registering."""
        self._has_waited = True
        self._allow(waits=True)
        try:
            yield
        finally:
            self._allow(waits=False)

    def _allow(self, *, waits: bool) -> None:
        if self.identity is None:
            limits = self._accounts.limits
            self._patience.allow(Allowance.of_stranger(limits, waits=waits, has_waited=self._has_waited))

    def let_in(self, identity: Identity) -> None:
        """Watch the session of somebody who has signed in."""
        self.identity = identity
        self._since = self._accounts.security.clock()
        self._live = self._accounts.watch.join(identity, self._peer, self._listener)
        self._signed_in(True)  # noqa: FBT003 - there is nothing else that it could mean
        self._patience.begin(Allowance.of_signed_in(self._accounts.limits))

    def let_go(self, reason: EndReason) -> None:
        """Watch no more."""
        self.identity = None
        if self._live is not None:
            self._live.leave(reason)
            self._live = None
            self._signed_in(False)  # noqa: FBT003 - the same

    def leave(self) -> str:
        """Let go of who leaves; give what is said last."""
        identity = self.identity
        self.let_go(EndReason.LEFT)
        if identity is None:
            return "Goodbye."
        name = "".join(filter(str.isprintable, identity.first_name))
        return goodbye(name, self._accounts.security.clock() - self._since)

    def stop(self) -> None:
        """Let go of whoever is here still, and count no more."""
        self._patience.stop()
        self.let_go(EndReason.CLOSED)

    def _time_is_up(self, reason: EndReason, words: str) -> None:
        self.let_go(reason)
        self._end(words)
