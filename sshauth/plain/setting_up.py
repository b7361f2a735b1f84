"""Setting up an authenticator: the secret spelled out, its address and the QR code on request."""

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
MORE = "Type s to hear the secret again, u for all of it as one address (otpauth), q for the QR code."
NO_QR_CODE = (
    "This terminal cannot show a QR code. Type the secret into your app, or the address that u gives."
)
GONE = (GoneAway, RegistrationGone, RenewalGone)
"""What there is no use in asking again after."""

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
    visit.has_shown_secrets = True
    visit.talk.say(BY_HAND)
    await _spell(visit, enrolment)
    visit.talk.say(MORE)
    code = code_question(
        "code",
        "Six digits that the app shows now",
        Shape.DIGITS,
        s=partial(_spell, visit, enrolment),
        u=partial(_give_address, visit, enrolment),
        q=partial(_draw, visit, enrolment),
    )
    return await fill(
        visit, [code], {}, lambda values: confirm(code_in(values["code"], Shape.DIGITS)), ends=ends
    )


async def _spell(visit: Visit, enrolment: Enrolment) -> None:
    talk = visit.talk
    talk.say(f"Issuer: {visit.app_name}")
    talk.say(f"Account: {enrolment.user_name}")
    talk.say(f"Secret: {totp.in_groups(enrolment.secret)}")
    talk.say("Kind: time-based, six digits, every 30 seconds.")


async def _give_address(visit: Visit, enrolment: Enrolment) -> None:
    visit.talk.say(enrolment.uri)


async def _draw(visit: Visit, enrolment: Enrolment) -> None:
    """Draw the QR code, black and white in every cell whatever colours the terminal has."""
    talk = visit.talk
    code = QRCode(enrolment.uri)
    width, height = talk.terminal.size
    quiet_zone = code.fitting_quiet_zone(width, height - 1)  # the question stands below
    if not visit.peer.draws_qr:
        talk.say(NO_QR_CODE)
    elif quiet_zone is None:
        columns, rows = code.size()
        talk.say(
            f"The QR code needs a window of {columns} columns and {rows + 1} lines; "
            f"yours has {width} and {height}. Make it larger, and type q again."
        )
    else:
        for line in _lines(code, quiet_zone):
            talk.show(f"{line}\x1b[0m\r\n")


def _lines(code: QRCode, quiet_zone: int) -> Iterator[str]:
    for row in code.cells(quiet_zone):
        yield "".join(
            f"\x1b[38;2;{_BLACK if upper else _WHITE};48;2;{_BLACK if lower else _WHITE}m▀"
            for upper, lower in row
        )
