"""Home: what a signed-in person sees first."""

from collections.abc import Iterator
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.widget import Widget
from textual.widgets import Static

from sshauth.accounts.overview import Overview
from sshauth.accounts.peer import Identity
from sshauth.times import exactly
from sshauth.tui.activity import ActivityScreen
from sshauth.tui.admin import AdminScreen
from sshauth.tui.fields import literally
from sshauth.tui.keys import KeysScreen
from sshauth.tui.links import Link
from sshauth.tui.menu import MenuScreen, Way, keys_of
from sshauth.tui.profile import ProfileScreen
from sshauth.tui.rows import visible
from sshauth.tui.security import SecurityScreen
from sshauth.tui.sessions import SessionsScreen

FEW = 3
"""Recovery codes that are few enough to say so."""

NOT_KEPT = "You have not shown that you kept your recovery codes. Make new ones under Security."
AHEAD = "Your phone's clock runs ahead. Have it set by itself, or its codes will soon be refused."
BY_RECOVERY_CODE = (
    "You used a recovery code, which is good no more. Phone lost? Replace it under Security, Authenticators."
)
NOT_YOU = "Not you? Change your password under Security: that ends every other session."

LONGEST_LABEL = len("F5 Sessions")


class HomeScreen(MenuScreen):
    """Says who is signed in, when and from where they were the time before, and what needs attention."""

    HEADING = "Welcome"
    HELP: ClassVar[str] = (
        "You are signed in. From here you reach all that belongs to your account; what needs your attention "
        "stands first. Times are in your own time zone if your client sends TZ, else in UTC."
    )
    WAYS: ClassVar[tuple[Way, ...]] = (
        Way("F2 Profile", ProfileScreen),
        Way("F3 Security", SecurityScreen),
        Way("F4 Keys", KeysScreen),
        Way("F5 Sessions", SessionsScreen),
        Way("F6 Activity", ActivityScreen),
    )
    MORE_KEYS: ClassVar[tuple[Link, ...]] = keys_of(*(way.label for way in WAYS))
    LINKS: ClassVar[tuple[Link, ...]] = (
        Link("ctrl+t", "Ctrl+T Colours", "app.next_theme"),
        Link("ctrl+o", "Ctrl+O Sign out", "sign_out"),
        Link("ctrl+q", "Ctrl+Q Quit", "app.quit"),
    )

    def __init__(self, identity: Identity) -> None:
        """Take who is signed in."""
        super().__init__()
        self._identity = identity

    def more(self) -> Iterator[Widget]:
        """Add room for what needs attention, and for the ways."""
        yield Static(id="warnings")
        yield from super().more()

    def on_mount(self) -> None:
        """Show at once what is known from signing in."""
        super().on_mount()
        me = self._identity
        last = me.last_sign_in
        words = "This is your first time here."
        if last is not None:
            words = f"Last time: {exactly(last.at, self.zone)}, from {visible(last.address)}. {NOT_YOU}"
        self.query_one("#intro", Static).update(literally(f"Signed in as {me.user_name}\n{words}"))
        self._show(me.first_name, _warnings(left=me.recovery_codes_left, kept=me.recovery_codes_kept))

    async def load(self) -> None:
        """Look how the account stands now; the ways are there also where that cannot be told."""
        if not self._actions:
            await self.show_actions(self._ways({}))
        overview = await self.accounts.overview(self._identity, self.peer)
        self.auth_app.first_name = overview.first_name
        self._show(overview.first_name, _warnings_of(overview))
        await self.show_actions(self._ways(_summaries(overview, has_key=self.peer.key is not None)))

    def _ways(self, summaries: dict[str, str]) -> list[Way]:
        return [
            Way(f"{way.label:{LONGEST_LABEL}}  {summaries.get(way.label.split()[1], '')}".rstrip(), way.to)
            for way in self.WAYS
        ]

    def _show(self, first_name: str, warnings: list[str]) -> None:
        self.query_one("#heading", Static).update(literally(f"Welcome, {first_name}"))
        widget = self.query_one("#warnings", Static)
        grid = Table.grid(padding=(0, 1, 0, 0))
        for words in warnings:
            grid.add_row("!", Text(words))
        widget.update(grid)
        widget.display = bool(warnings)

    def action_sign_out(self) -> None:
        """Sign out."""
        self.auth_app.sign_out()


class AdministratorsHomeScreen(HomeScreen):
    """Leads to the rooms of administrators too."""

    WAYS: ClassVar[tuple[Way, ...]] = (*HomeScreen.WAYS, Way("F8 Admin", AdminScreen))
    MORE_KEYS: ClassVar[tuple[Link, ...]] = keys_of(*(way.label for way in WAYS))


def _warnings(*, left: int, kept: bool) -> list[str]:
    words = []
    if left <= FEW:
        codes = "code is" if left == 1 else "codes are"
        how_many = f"Only {left}" if left else "No"
        words.append(f"{how_many} recovery {codes} left. Make new ones under Security.")
    return words if kept else [*words, NOT_KEPT]


def _warnings_of(overview: Overview) -> list[str]:
    words = []
    if failures := overview.failures:
        tries = "try" if failures == 1 else "tries"
        words.append(f"{failures} {tries} to sign in failed since then. Activity says from where.")
    if overview.by_recovery_code:
        words.append(BY_RECOVERY_CODE)
    words += _warnings(left=overview.recovery_codes_left, kept=overview.recovery_codes_kept)
    return [*words, AHEAD] if overview.clock_is_ahead else words


def _summaries(overview: Overview, *, has_key: bool) -> dict[str, str]:
    others = overview.live_sessions - 1
    return {
        "Profile": "Name, email, colours, your data",
        "Security": "Password, authenticators, recovery codes",
        "Keys": _keys(overview, has_key=has_key),
        "Sessions": f"This one, and {others} elsewhere" if others > 0 else "This one alone",
        "Activity": "What happened to your account",
        "Admin": "People, sessions, mail",
    }


def _keys(overview: Overview, *, has_key: bool) -> str:
    remembered = f"{overview.keys} remembered" if overview.keys else "None remembered"
    if overview.this_key:
        return f"{remembered}, this one too"
    return f"{remembered}; this one could be" if has_key else remembered
