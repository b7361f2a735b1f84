"""The way through: from stranger to signed-in person and back, until they leave."""

from functools import partial
from typing import NoReturn

from sshauth.accounts.entrance import Entrance
from sshauth.accounts.errors import AccountError
from sshauth.plain.home import come_home, menu_at_home
from sshauth.plain.menu import Choice, Menu
from sshauth.plain.register import register
from sshauth.plain.reset import reset_password
from sshauth.plain.sign_in import sign_in
from sshauth.plain.talk import Cancelled, Left
from sshauth.plain.visit import Visit

WELCOME = "Welcome to {app_name}. Here everything is questions and answers, line by line."
NO_ACCOUNT = "Nobody creates an account here: to get one, ask {ask}."
KEYS = "Enter ends an answer. Ctrl+C goes back to the menu, Ctrl+D leaves."
HELP = (
    KEYS,
    "In a menu type the number, the letter or the words; m reads it out again.",
    "Backspace takes the last letter back, Ctrl+W the last word, Ctrl+U the whole line.",
    "Where an answer stands in brackets, Enter alone takes it. Passwords are not shown while you type them.",
    "A line that begins with Error says what was not accepted. Then you are asked again; the rest is kept.",
    "You need an authenticator app on your phone: Aegis, FreeOTP, or any other for time-based codes (TOTP).",
    "Its secret can be typed: no QR code is needed.",
    "Email address, names, keys and administration are in the app with screens: connect without plain.",
)


async def converse(visit: Visit, *, motd: str = "") -> NoReturn:
    """Speak with somebody until they leave.

    Raises:
        Left: they do.
    """
    talk = visit.talk
    talk.say(WELCOME.format(app_name=visit.app_name))
    if motd:
        talk.say(motd)
    talk.say(KEYS)
    if visit.entrance.entrance is Entrance.CLOSED:
        talk.say(NO_ACCOUNT.format(ask=visit.entrance.ask))
    if visit.peer.remark:
        talk.say(visit.peer.remark)
    while True:
        await _until_signed_in(visit)
        await _until_signed_out(visit)


async def _until_signed_in(visit: Visit) -> None:
    """Offer a stranger what there is."""
    creating = Choice("c", "create an account", partial(register, visit))
    is_closed = visit.entrance.entrance is Entrance.CLOSED
    choices = (
        Choice("s", "sign in", partial(sign_in, visit)),
        *(() if is_closed else (creating,)),
        Choice("f", "forgot password", partial(reset_password, visit)),
        Choice("h", "help", partial(give_help, visit)),
        Choice("l", "leave", leave),
    )
    menu = Menu(visit.talk, choices)
    while visit.stay.identity is None:
        await _do(visit, await menu.choose())


async def _until_signed_out(visit: Visit) -> None:
    """Offer a signed-in person what there is."""
    helping = partial(give_help, visit)
    await _do(visit, Choice("", "", partial(come_home, visit)))
    menu = menu_at_home(visit, give_help=helping, leave=leave)
    while visit.stay.identity is not None:
        await _do(visit, await menu.choose())


async def _do(visit: Visit, choice: Choice) -> None:
    """Do what was chosen; what is cancelled, or has come to nothing, leads back to the menu."""
    try:
        await choice.do()
    except Cancelled:
        visit.talk.say("Back to the menu.")
    except AccountError as error:
        visit.talk.complain(error.message)


async def give_help(visit: Visit) -> None:
    """Say how to speak with this."""
    for words in HELP:
        visit.talk.say(words)


async def leave() -> None:
    """Leave.

    Raises:
        Left: always.
    """
    raise Left
