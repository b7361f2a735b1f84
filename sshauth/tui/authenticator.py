"""Set up your authenticator: the QR code, and the first code from it."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widget import Widget
from textual.widgets import Button, Static

from sshauth.accounts import totp
from sshauth.accounts.enrolment import Enrolment
from sshauth.tui.fields import Field, literally
from sshauth.tui.form import BACK, FormScreen, Link
from sshauth.tui.qr import QRCode, QRView

BESIDE = 32
"""Columns that the text needs to stand beside the code."""

SCAN = (
    "Scan the QR code with an authenticator app (FreeOTP, Aegis, Google Authenticator), "
    "then type the six digits that it shows."
)
NO_QR_CODE = (
    "This terminal cannot show a QR code: it has no colours, or no UTF-8. Add the account to your "
    "authenticator app by hand, then type the six digits that it shows."
)


async def _nothing() -> None:
    """Do nothing about an authenticator that was not wanted after all."""


class AuthenticatorScreen(FormScreen):
    """Shows the QR code and the secret, and hands the first code on.

    Where code and text do not fit side by side, F6 changes between them. Where the terminal cannot show
    the code, the secret stands there at once.
    """

    HEADING = "Set up your authenticator"
    FIELDS: ClassVar[tuple[Field, ...]] = (Field("code", "Code", 32),)
    SUBMIT = "Confirm"
    LINKS: ClassVar[tuple[Link, ...]] = (
        Link("f5", "F5 Can't scan it?", "show_secret"),
        Link("f6", "F6 QR code", "show_qr"),
        BACK,
    )
    waits = True

    def __init__(
        self,
        enrolment: Enrolment,
        *,
        confirm: Callable[[Mapping[str, str]], Awaitable[None]],
        abandon: Callable[[], Awaitable[None]] = _nothing,
        values: Mapping[str, str] | None = None,
    ) -> None:
        """Take the authenticator that waits for its first code, and what the fields hold at first.

        ``confirm`` gets the fields, does what they are for and goes on to the next screen, or raises an
        ``AccountError``. ``abandon`` is called when the screen is left in any other way.
        """
        super().__init__(intro=SCAN, values=values)
        self._enrolment = enrolment
        self._confirm = confirm
        self._abandon = abandon
        self._code = QRCode(enrolment.uri)
        self._finished = False
        self._secret_shown = False
        self._qr_wanted = False

    def compose(self) -> ComposeResult:
        """Put the code and the form side by side; ``lay_out`` hides one where there is no room."""
        with Horizontal(id="sides"):
            yield QRView(id="qr")
            yield Static("F6 or Enter: back", id="hint")
            with VerticalScroll(id="beside", can_focus=False):
                yield from super().compose()

    def more(self) -> Iterator[Widget]:
        """Add room for the secret."""
        yield Static(id="secret")

    def on_mount(self) -> None:
        """Lay out for the size there is."""
        super().on_mount()
        self.lay_out(self.size.width, self.size.height)
        self.query_one("#show_secret", Button).display = self._draws_qr
        if not self._draws_qr:
            self.action_show_secret()

    def on_resize(self, event: events.Resize) -> None:
        """Lay out for the new size."""
        self.lay_out(event.size.width, event.size.height)

    def lay_out(self, width: int, height: int) -> None:
        """Show the code beside the text, or one of the two, by the room there is."""
        beside = self._fitting_quiet_zone(width - BESIDE, height)
        alone = self._fitting_quiet_zone(width, height - 1)
        if alone is None:
            alone = self._fitting_quiet_zone(width, height)
        quiet_zone = alone if beside is None else beside
        self.set_class(self._qr_wanted and beside is None and alone is not None, "alone")
        self.query_one("#beside").display = not self.qr_is_alone
        qr = self.query_one("#qr", QRView)
        qr.display = beside is not None or self.qr_is_alone
        if quiet_zone is not None and not self._finished:
            qr.show(self._code, quiet_zone)
        self.query_one("#show_qr", Button).display = beside is None and alone is not None
        if not self.qr_is_alone and self.focused is None:
            self.set_focus(self.input_of("code"))
        self._explain(beside=beside is not None, fits=quiet_zone is not None)

    @property
    def _draws_qr(self) -> bool:
        return self.auth_app.peer.draws_qr

    def _fitting_quiet_zone(self, width: int, height: int) -> int | None:
        return self._code.fitting_quiet_zone(width, height) if self._draws_qr else None

    @property
    def qr_is_alone(self) -> bool:
        """Whether the code has the screen to itself at present."""
        return self.has_class("alone")

    def _explain(self, *, beside: bool, fits: bool) -> None:
        intro = SCAN
        if not self._draws_qr:
            intro = NO_QR_CODE
        elif not fits:
            columns, rows = self._code.size()
            intro = (
                f"The QR code needs a window of {columns} by {rows}. Make yours larger, or press F5 "
                "and type the secret into your app. Then type the six digits that it shows."
            )
        elif not beside:
            intro = f"Press F6 to see the QR code. {SCAN}"
        self.query_one("#intro", Static).update(literally(intro))

    def action_show_qr(self) -> None:
        """Change between the code and the form, where only one fits."""
        self._qr_wanted = not self.qr_is_alone
        self.lay_out(self.size.width, self.size.height)
        if not self.qr_is_alone:
            self.set_focus(self.input_of("code"))

    def action_advance(self) -> None:
        """Come back from the code to the form; else go on as everywhere."""
        if self.qr_is_alone:
            self.action_show_qr()
        else:
            super().action_advance()

    def before_typing(self) -> None:
        """Come back from the code to the form for a digit typed over it."""
        if self.qr_is_alone:
            self.action_show_qr()

    def action_show_secret(self) -> None:
        """Show what to type into an app that cannot scan, or hide it again where there is a code to scan."""
        self._secret_shown = not (self._secret_shown and self._draws_qr)
        words = ""
        if self._secret_shown:
            words = (
                f"Add an account by hand: time-based, 6 digits. Account {self._enrolment.user_name}, secret\n"
                f"{totp.in_groups(self._enrolment.secret)}"
            )
            if not self._draws_qr:
                words += f"\nSome apps take all of it as one address:\n{self._enrolment.uri}"
        self.query_one("#secret", Static).update(literally(words))

    async def submit(self, values: Mapping[str, str]) -> None:
        """Hand the code on; if it was right, leave nothing of the secret on the screen."""
        await self._confirm(values)
        self._finished = True
        self.overwrite()

    async def action_back(self) -> None:
        """Come back from the code to the form, or leave."""
        if self.qr_is_alone:
            self.action_show_qr()
            return
        self.overwrite()
        await super().action_back()

    def overwrite(self) -> None:
        """Leave nothing of the code and the secret on the screen."""
        self.query_one("#qr", QRView).overwrite()
        self.query_one("#secret", Static).update("")

    async def on_unmount(self) -> None:
        """Abandon an authenticator that was left, by whatever way: keys, connection, server."""
        if not self._finished:
            await self._abandon()


class NamedAuthenticatorScreen(AuthenticatorScreen):
    """Asks for a name too, by which its owner will know it among two."""

    FIELDS = (Field("name", "Name", 64), Field("code", "Code", 32))
