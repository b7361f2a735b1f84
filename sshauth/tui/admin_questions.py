"""What administrators are asked before they do something to an account or a session."""

from typing import ClassVar
from uuid import UUID

from sshauth.accounts.administration import Person
from sshauth.accounts.errors import GoneAway
from sshauth.tui.admin_room import AdminRoom, number
from sshauth.tui.question import QuestionScreen
from sshauth.tui.rows import visible


class DisableScreen(QuestionScreen, AdminRoom):
    """Disables an account when told to."""

    HEADING = "Disable an account"
    HELP: ClassVar[str] = (
        "A disabled account signs nobody in, and nothing in it is deleted. Nothing changes before you choose."
    )

    def __init__(self, person: Person) -> None:
        """Take whose account it is."""
        sessions = "session" if person.live_sessions == 1 else f"{person.live_sessions} sessions"
        ends = f" Their {sessions} will end within two seconds." if person.live_sessions else ""
        super().__init__(
            f"Nobody can sign in to the account of {visible(person.user_name)} any more, nor reset its "
            f"password.{ends} A mail tells them. Nothing is deleted: once it is enabled again, all is as it "
            "was.",
            f"Disable {visible(person.user_name)}",
        )
        self._person = person

    async def do(self) -> None:
        """Disable it."""
        await self.administration.disable(self.me, self._person.id, self.peer)
        self.finish(f"{visible(self._person.user_name)} is disabled.")


class EnableScreen(QuestionScreen, AdminRoom):
    """Enables a disabled account when told to."""

    HEADING = "Enable an account"
    HELP: ClassVar[str] = (
        "An enabled account can be signed in to, with the password and authenticator that it had. "
        "Nothing changes before you choose."
    )

    def __init__(self, person: Person) -> None:
        """Take whose account it is."""
        super().__init__(
            f"{visible(person.user_name)} can sign in again, with the password and the authenticator that "
            "they had.",
            f"Enable {visible(person.user_name)}",
        )
        self._person = person

    async def do(self) -> None:
        """Enable it."""
        await self.administration.enable(self.me, self._person.id, self.peer)
        self.finish(f"{visible(self._person.user_name)} is enabled.")


class EndAllScreen(QuestionScreen, AdminRoom):
    """Ends all sessions of a person when told to."""

    HEADING = "End all sessions"
    HELP: ClassVar[str] = (
        "Ends every session of one person. It locks nobody out: they may sign in again. "
        "Nothing changes before you choose."
    )

    def __init__(self, person: Person) -> None:
        """Take whose sessions they are."""
        super().__init__(
            f"All sessions of {visible(person.user_name)}, {person.live_sessions} by now, end within two "
            "seconds; who is in one reads that an administrator ended it. They may sign in again at once: to "
            "keep them out, disable the account.",
            f"End all sessions of {visible(person.user_name)}",
        )
        self._person = person

    async def do(self) -> None:
        """End them."""
        ended = await self.administration.end_sessions_of(self.me, self._person.id, self.peer)
        self.finish(f"{number(ended, 'session', 'sessions', none='No')} ended.")


class EndSessionScreen(QuestionScreen, AdminRoom):
    """Ends one session when told to."""

    HEADING = "End a session"
    HELP: ClassVar[str] = (
        "Ends one session. It locks nobody out: they may sign in again. Nothing changes before you choose."
    )

    def __init__(self, session_id: UUID, user_name: str, place: str) -> None:
        """Take the session, whose it is, and from where."""
        super().__init__(
            f"{visible(user_name)} is signed in from {visible(place)}. Within two seconds that is over, and "
            "they read that an administrator ended it. They may sign in again at once: to keep them out, "
            "disable the account.",
            f"End this session of {visible(user_name)}",
        )
        self._session_id = session_id

    async def do(self) -> None:
        """End it; one that is over already is said to be."""
        try:
            await self.administration.end_session(self.me, self._session_id, self.peer)
        except GoneAway:
            self.finish("That session was over already.")
        else:
            self.finish("Ended.")
