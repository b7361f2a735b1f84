"""The app without screens: a conversation, and whatever may end it."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from sshauth.accounts.bundle import Accounts
from sshauth.accounts.peer import Peer
from sshauth.accounts.session_ends import EndReason
from sshauth.accounts.ssh_keys import Recognised
from sshauth.leaving import ENDED_ELSEWHERE, LEFT, SERVER_STOPS, TIME_IS_UP
from sshauth.plain.journey import converse
from sshauth.plain.keeping import CLEAR_IT_YOURSELF, offer_to_clear
from sshauth.plain.names import without_code
from sshauth.plain.stay import Stay
from sshauth.plain.talk import LONGEST_ANSWER, Cancelled, Left, Talk, Terminal
from sshauth.plain.visit import Recognise, Visit
from sshauth.plain.wrapping import spelled_out

ONE_MOMENT = (
    "One moment: the server cannot reach its database. What you type is not taken until it can. "
    "Ctrl+D leaves."
)
GO_ON = "Thank you for waiting. Please go on."
ANNOUNCEMENT = "From the administrators: {words}"


class PlainApp:
    """Speaks with one person until they leave, or something else ends it."""

    def __init__(
        self,
        accounts: Accounts,
        peer: Peer,
        *,
        app_name: str,
        motd: str = "",
        recognised: Recognised | None = None,
        recognise: Recognise,
        signed_in: Callable[[bool], None] = lambda _is_signed_in: None,
    ) -> None:
        """Take the use cases, who is at the other end and whose remembered key that peer has proven.

        Then what this place is called and what its operator has to say, how to find out anew whose key it is,
        and whom to tell that somebody has signed in (True), or is a stranger again (False).
        """
        self._accounts = accounts
        self._peer = peer
        self._app_name = app_name
        self._motd = motd
        self._recognised = recognised
        self._recognise = recognise
        self._stay = Stay(
            accounts,
            peer,
            self,
            signed_in=signed_in,
            warn=self.notice,
            end=lambda words: self._end(words, TIME_IS_UP),
        )
        self._talk: Talk | None = None
        self._ending: asyncio.Future[tuple[str, int]] = asyncio.get_running_loop().create_future()

    async def run(self, terminal: Terminal) -> tuple[str, int]:
        """Speak with the person at a terminal; give what is to be said last, and the exit status."""
        self._talk = Talk(terminal, self._stay.typed)
        visit = Visit(
            self._accounts,
            self._peer,
            self._app_name,
            self._talk,
            self._stay,
            self._recognise,
            self._recognised,
        )
        visit.typed = {"login": without_code(self._peer.user_name[:LONGEST_ANSWER])}
        self._stay.begin()
        talking = asyncio.create_task(self._converse(visit))
        try:
            await asyncio.wait({talking, self._ending}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            # What it has begun, such as a registration, it undoes on its way out.
            talking.cancel()
            await asyncio.gather(talking, return_exceptions=True)
            self._stay.stop()
            self._talk = None
        words, status = self._ending.result() if self._ending.done() else talking.result()
        if visit.talk.traces:
            words = f"{CLEAR_IT_YOURSELF} {words}".strip()
        return words, status

    async def _converse(self, visit: Visit) -> tuple[str, int]:
        try:
            await converse(visit, motd=self._motd)
        except Left:
            if visit.talk.can_ask:
                # Who does not answer does not wish it.
                with suppress(Cancelled, Left):
                    await offer_to_clear(visit)
            return self._stay.leave(), LEFT

    def _end(self, words: str, status: int) -> None:
        if not self._ending.done():
            self._ending.set_result((spelled_out(words), status))

    # What may come between, or end it

    def notice(self, words: str) -> None:
        """Say something between."""
        self._say(spelled_out(words))

    def _say(self, words: str) -> None:
        if self._talk is not None:
            self._talk.say(words)

    def announced(self, words: str) -> None:
        """Say what an administrator has to say to everybody."""
        self._say(ANNOUNCEMENT.format(words=words))

    def session_ended(self, words: str) -> None:
        """Hear that the session is over."""
        self._end(words, ENDED_ELSEWHERE)

    def database_lost(self) -> None:
        """Hold the person: nobody can tell at present whether their session is still live."""
        if self._talk is not None:
            self._talk.hold(ONE_MOMENT)

    def database_back(self) -> None:
        """Let the person go on."""
        if self._talk is not None:
            self._talk.release(GO_ON)

    def server_stops(self, words: str) -> None:
        """Hear that the server stops, and the session with it."""
        self._stay.let_go(EndReason.LOST)
        self._end(words, SERVER_STOPS)

    def exit(self, status: int = LEFT) -> None:
        """Hear that the person is gone."""
        self._end("", status)
