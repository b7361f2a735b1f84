"""Set up your authenticator: the QR code, or what to type by hand, and the first code."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import Button, Static

from sshauth.accounts.enrolment import Enrolment
from sshauth.accounts.errors import AccountError, WrongCode
from sshauth.qr_code import QRCode
from sshauth.tui.by_hand import APPS, THEN, by_hand
from sshauth.tui.code_field import CodeField
from sshauth.tui.fields import Field, literally
from sshauth.tui.form import BACK, FormScreen, Link
from sshauth.tui.qr import QRView
from sshauth.tui.recovery_codes import COPIED

BESIDE = 32
"""Columns that the text needs to stand beside the code."""

SPACIOUS = 30
"""Rows of a window in which blank lines do no harm."""

SCAN = f"Scan the QR code with an authenticator app on your phone. {THEN}\n\n{APPS}"
SEE = f"Press F6 to see the QR code, and scan it with an authenticator app on your phone. {THEN}\n\n{APPS}"
BY_HAND = "Add an account to your authenticator app by hand, with:"
NO_QR_CODE = (
    "This terminal cannot show a QR code: it has no colours, or no UTF-8. Add an account to your "
    "authenticator app by hand, with:"
)
CLOCK_HELP = "Is your phone's clock set automatically? And is it this account's newest entry in your app?"

NOT_SCANNED, SCANNED = "F5 Can't scan it?", "F5 Scan it"
SEE_QR, SEE_FORM = "F6 QR code", "F6 Type the code"


async def _nothing() -> None:
    """Do nothing about an authenticator that was not wanted after all."""


class AuthenticatorScreen(FormScreen):
    """Shows the QR code, or the secret to type by hand, and hands the first code on.

    Where code and text do not fit side by side, F6 changes between them. Where the code cannot be shown at
    all, the secret stands there at once.
    """

    HEADING = "Set up your authenticator"
    HELP = (
        "Here you tie your account to an authenticator app, which shows a new code of six digits every half "
        "minute. The app reads the QR code with the camera, or takes the secret that you type. Its first "
        "code shows that all went well."
    )
    FIELDS: ClassVar[tuple[Field, ...]] = (CodeField("code", "Code"),)
    SUBMIT = "Confirm"
    LINKS: ClassVar[tuple[Link, ...]] = (
        Link("f5", NOT_SCANNED, "show_secret"),
        Link("f6", SEE_QR, "show_qr"),
        Link("f7", "F7 Copy secret", "copy_secret", beside=True),
        Link("f8", "F8 Copy link", "copy_link", beside=True),
        BACK,
    )
    waits = True
    submit_when_full = True

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
        super().__init__(values=values)
        self._enrolment = enrolment
        self._confirm = confirm
        self._abandon = abandon
        self._code = QRCode(enrolment.uri)
        self._finished = False
        self._overwritten = False
        self._wants_secret = False
        self._wants_qr = False

    def compose_panel(self, beside: Sequence[Widget]) -> ComposeResult:
        """Put the code and the form side by side; ``lay_out`` hides one where there is no room."""
        with Horizontal(id="sides"):
            yield QRView(id="qr")
            yield from super().compose_panel(beside)

    def on_mount(self) -> None:
        """Lay out for the size there is."""
        self.lay_out(self.size)

    def on_resize(self, event: events.Resize) -> None:
        """Lay out for the new size."""
        self.lay_out(event.size)

    # What is shown

    def lay_out(self, size: Size) -> None:
        """Show the code beside the text, or one of the two, or the secret, by the room and what is wished."""
        if self._overwritten:
            return
        beside = self._fitting(size.width - BESIDE, size.height)
        drawn = beside or self._fitting(size.width, size.height)
        self.set_class(drawn is None or self._wants_secret, "by-hand")
        self.set_class(self._wants_qr and beside is None and not self.is_by_hand, "alone")
        self.query_one("#panel").display = not self.qr_is_alone
        qr = self.query_one("#qr", QRView)
        qr.display = not self.is_by_hand and (beside is not None or self.qr_is_alone)
        if drawn is not None and qr.display:
            qr.show(self._code, *drawn)
        self._label("show_secret", SCANNED if self.is_by_hand else NOT_SCANNED, shown=drawn is not None)
        self._label("show_qr", SEE_FORM if self.qr_is_alone else SEE_QR, shown=drawn is not beside)
        for name in ("copy_secret", "copy_link"):
            self.query_one(f"#{name}").display = self.is_by_hand
        if not self.qr_is_alone and self.focused is None:
            self.set_focus(self.input_of("code"))
        self._explain(size, see=beside is None, fits=drawn is not None)

    def _fitting(self, width: int, height: int) -> tuple[int, int] | None:
        """Give quiet zone and scale of the code for some room, less the footer."""
        return self._code.fitting(width, height - 1) if self.auth_app.peer.draws_qr else None

    def _label(self, name: str, label: str, *, shown: bool) -> None:
        button = self.query_one(f"#{name}", Button)
        button.display = shown
        if str(button.label) != label:
            button.label = label
            button.refresh(layout=True)  # a new label alone keeps the old width

    def _explain(self, size: Size, *, see: bool, fits: bool) -> None:
        words = literally(SEE if see else SCAN)
        if self.is_by_hand:
            words = by_hand(
                self._why(size, fits=fits),
                self._enrolment,
                issuer=self.auth_app.app_name,
                width=min(size.width, 80) - 4,
                spaced=size.height >= SPACIOUS,
            )
        self.query_one("#intro", Static).update(words)

    def _why(self, size: Size, *, fits: bool) -> str:
        if not self.auth_app.peer.draws_qr:
            return NO_QR_CODE
        if fits:
            return BY_HAND
        columns, rows = self._code.size()
        return (
            f"The QR code needs a window of {columns} by {rows + 1}; yours is {size.width} by {size.height}. "
            "Make it larger, or add an account by hand, with:"
        )

    @property
    def qr_is_alone(self) -> bool:
        """Whether the code has the screen to itself at present."""
        return self.has_class("alone")

    @property
    def is_by_hand(self) -> bool:
        """Whether the secret stands in the place of the code at present."""
        return self.has_class("by-hand")

    def _show(self, *, qr: bool = False, secret: bool = False) -> None:
        self._wants_qr, self._wants_secret = qr, secret
        self.say("")
        self.lay_out(self.size)
        if not self.qr_is_alone:
            self.set_focus(self.input_of("code"))

    # Keys

    def action_show_qr(self) -> None:
        """Change between the code and the form, where only one fits."""
        self._show(qr=not self.qr_is_alone)

    def action_show_secret(self) -> None:
        """Change between the code and what to type into an app that cannot scan it."""
        self._show(secret=not self.is_by_hand)

    def action_advance(self) -> None:
        """Come back from the code to the form; else go on as everywhere."""
        if self.qr_is_alone and not isinstance(self.focused, Button):
            self._show()
        else:
            super().action_advance()

    def before_typing(self) -> None:
        """Come back from the code to the form for a digit typed over it."""
        if self.qr_is_alone:
            self._show()

    def action_copy_secret(self) -> None:
        """Send the secret to the clipboard."""
        self._copy(self._enrolment.secret)

    def action_copy_link(self) -> None:
        """Send to the clipboard what the QR code says."""
        self._copy(self._enrolment.uri)

    def _copy(self, text: str) -> None:
        if self.is_by_hand and not self._overwritten:
            self.auth_app.copy(text)
            self.say(COPIED)

    async def submit(self, values: Mapping[str, str]) -> None:
        """Hand the code on; if it was right, leave nothing of the secret on the screen."""
        await self._confirm(values)
        self._finished = True
        self.overwrite()

    def show_problem(self, error: AccountError) -> None:
        """Help with what most often makes a code wrong."""
        super().show_problem(error)
        if isinstance(error, WrongCode):
            self.say(CLOCK_HELP, error=True)

    async def action_back(self) -> None:
        """Come back from the code or the secret to the form, or leave."""
        if self.qr_is_alone or self._wants_secret:
            self._show()
            return
        self.overwrite()
        await super().action_back()

    def overwrite(self) -> None:
        """Leave nothing of the code and the secret on the screen, for good."""
        self._overwritten = True
        self.query_one("#qr", QRView).overwrite()
        self.query_one("#intro", Static).update("")

    async def on_unmount(self) -> None:
        """Abandon an authenticator that was left, by whatever way: keys, connection, server."""
        if not self._finished:
            await self._abandon()


class NamedAuthenticatorScreen(AuthenticatorScreen):
    """Asks for a name too, by which its owner will know it among two."""

    FIELDS = (Field("name", "Name", 64), CodeField("code", "Code"))
