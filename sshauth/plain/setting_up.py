"""Setting up an authenticator: the secret spelled out, its address and the QR code on request."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import TypeVar

from sshauth.accounts import totp
from sshauth.accounts.code_shapes import Shape
from sshauth.accounts.enrolment import Enrolment
from sshauth.accounts.errors import AccountError, GoneAway, RegistrationGone, RenewalGone
from sshauth.plain.questions import code_in, code_question, fill
from sshauth.plain.visit import Visit
from sshauth.qr_code import QRCode

BY_HAND = "Set up your authenticator app. Add an account to it by hand, with these:"
LETTERS = "The secret has only letters and the digits 2 to 7."
MORE = "Type s to hear the secret again, u for all of it as one address (otpauth)."
MORE_AND_QR = "Type s to hear the secret again, u for all of it as one address (otpauth), qr for the QR code."
NO_QR_CODE = (
    "This terminal cannot show a QR code. Type the secret into your app, or the address that u gives."
)
GONE = (GoneAway, RegistrationGone, RenewalGone)
"""What there is no use in asking again after."""

BELOW = 2
"""Lines that stand below the QR code: its end, and the question."""

_BLACK, _WHITE = "0;0;0", "255;255;255"
T = TypeVar("T")


async def set_up(
    visit: Visit,
    enrolment: Enrolment,
    confirm: Callable[[str], Awaitable[T]],
    *,
    ends: tuple[type[AccountError], ...] = GONE,
) -> T:
    """Spell the secret out, ask for the first code, and hand it on.

    Raises:
        AccountError: one of ``GONE``.
    """
    visit.talk.traces.leave()
    visit.talk.say(BY_HAND)
    _spell(visit, enrolment)
    visit.talk.say(LETTERS)
    _offer_more(visit)
    code = code_question(
        "code",
        "Six digits that the app shows now",
        Shape.DIGITS,
        s=partial(_spell_again, visit, enrolment),
        u=partial(_give_address, visit, enrolment),
        qr=partial(_draw, visit, _Picture(enrolment.uri)),
    )
    return await fill(
        visit, [code], {}, lambda values: confirm(code_in(values["code"], Shape.DIGITS)), ends=ends
    )


def _can_draw(visit: Visit) -> bool:
    return visit.peer.draws_qr and visit.talk.terminal.knows_codes


def _offer_more(visit: Visit) -> None:
    visit.talk.say(MORE_AND_QR if _can_draw(visit) else MORE)


async def _spell_again(visit: Visit, enrolment: Enrolment) -> None:
    _spell(visit, enrolment)
    _offer_more(visit)


def _spell(visit: Visit, enrolment: Enrolment) -> None:
    talk = visit.talk
    talk.say(f"Issuer: {visit.app_name}")
    talk.say(f"Account: {enrolment.user_name}")
    talk.say(f"Secret: {totp.in_groups(enrolment.secret)}")
    talk.say("Kind: time-based, six digits, every 30 seconds.")


async def _give_address(visit: Visit, enrolment: Enrolment) -> None:
    visit.talk.say(enrolment.uri)
    _offer_more(visit)


class _Picture:
    """The QR code of one secret, drawn once; nobody has it any more when the secret is set up or left."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._code: QRCode | None = None
        self._lines: dict[int, list[str]] = {}

    async def code(self) -> QRCode:
        """Give the code; at first it takes 5 ms, which nobody else waits for."""
        if self._code is None:
            self._code = await asyncio.to_thread(QRCode, self._uri)
        return self._code

    def lines(self, code: QRCode, quiet_zone: int) -> list[str]:
        """Give the code's lines, which differ by the border that the terminal has room for."""
        if quiet_zone not in self._lines:
            self._lines[quiet_zone] = list(_lines(code, quiet_zone))
        return self._lines[quiet_zone]


async def _draw(visit: Visit, picture: _Picture) -> None:
    """Draw the QR code, black and white in every cell whatever colours the terminal has."""
    talk = visit.talk
    if not _can_draw(visit):
        talk.say(NO_QR_CODE)
        return
    code = await picture.code()
    width, height = talk.terminal.size
    quiet_zone = code.fitting_quiet_zone(width, height - BELOW)
    if quiet_zone is None:
        columns, rows = code.size()
        talk.say(
            f"The QR code needs a window of {columns} columns and {rows + BELOW} lines; "
            f"yours has {width} and {height}. Make it larger, and type qr again."
        )
    else:
        talk.say(f"The QR code, {code.size(quiet_zone)[1]} lines, follows.")
        for line in picture.lines(code, quiet_zone):
            talk.show(f"{line}\x1b[0m\r\n")
        talk.say("End of the QR code.")


def _lines(code: QRCode, quiet_zone: int) -> Iterator[str]:
    for row in code.cells(quiet_zone):
        yield "".join(
            f"\x1b[38;2;{_BLACK if upper else _WHITE};48;2;{_BLACK if lower else _WHITE}m▀"
            for upper, lower in row
        )
