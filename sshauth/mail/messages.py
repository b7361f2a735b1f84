"""The words of the mails that carry codes, that stand in for one, or that bring what was asked for. Pure.

Some go to an address that whoever asked merely typed. These hold no first name and no client of theirs, or
strangers could have us send words of their own to anybody.
"""

import re
from datetime import datetime, timedelta

from sshauth.mail.layout import (
    Attachment,
    Block,
    Content,
    Occasion,
    Place,
    clock_time,
    lay_out,
    moment,
    way_in,
)

_NOT_IN_FILE_NAMES = re.compile(r"[^A-Za-z0-9._-]")
_SECRET = "Give it to nobody, whoever asks."  # noqa: S105 - about a code


def reset_code(place: Place, occasion: Occasion, code: str, expires_at: datetime) -> Content:
    """Write the mail that carries the code of a password reset (rows 14 to 16)."""
    return lay_out(
        f"Your password reset code for {place.app_name}",
        [
            Block(f"Hello {occasion.first_name},"),
            Block(
                f"Somebody asked to reset the password of your account {occasion.user_name} on "
                f"{place.app_name}. If that was you, here is the code:"
            ),
            Block(code, literal=True),
            *way_in(
                place,
                f"{_life(occasion, expires_at)} If the form that asks for it is still open, type it there. "
                "If not, connect with:",
            ),
            Block(
                'On the Sign in screen press F3, then choose "I have a code". You will also be asked for a '
                "code from your authenticator app, or for one of your recovery codes; the code above is not "
                "enough alone."
            ),
            _origin(occasion),
            Block(
                "If that was not you, there is nothing to do. Your password was not changed, the code is "
                "useless without your authenticator or a recovery code, and it dies by itself at "
                f"{clock_time(expires_at)}. {_SECRET}"
            ),
        ],
    )


def confirm_address(place: Place, occasion: Occasion, code: str, expires_at: datetime) -> Content:
    """Write the mail whose code confirms the address of a registration."""
    return lay_out(
        f"Confirm your address for {place.app_name}",
        [
            Block("Hello,"),
            Block(
                f"Somebody, perhaps you, is creating the account {occasion.user_name} on {place.app_name} "
                "with this address. If that is you, here is the code that confirms it:"
            ),
            Block(code, literal=True),
            *way_in(
                place,
                f"Type it in the form that asks for it. {_life(occasion, expires_at)} If that form is no "
                "longer open, connect again and create the account anew:",
            ),
            _origin(occasion),
            Block(
                "If you did not register, ignore this mail: no account exists without the code, and it dies "
                f"by itself. {_SECRET}"
            ),
        ],
    )


def invitation(place: Place, at: datetime, code: str, expires_at: datetime) -> Content:
    """Write the mail that invites somebody to create an account (row 14). Nothing is known but an address."""
    days = round((expires_at - at) / timedelta(days=1))
    life = f"It works once, until {moment(expires_at)} ({'1 day' if days == 1 else f'{days} days'} later)."
    return lay_out(
        f"You are invited to {place.app_name}",
        [
            Block("Hello,"),
            Block(
                f"You were invited on {moment(at)} to create an account on {place.app_name}. Here is your "
                "invitation:"
            ),
            Block(code, literal=True),
            *way_in(
                place,
                f"{life} You need ssh, and on your phone an authenticator app, such as FreeOTP, Aegis or "
                "Google Authenticator. Connect with:",
            ),
            Block(
                "On the Sign in screen press F2, Create account, and type or paste the invitation into the "
                "first field. Use this email address, and no other code is mailed to confirm it."
            ),
            Block(
                f"If you did not expect this, ignore it, or ask the people who run {place.app_name}: no "
                f"account exists without the invitation, and it dies by itself. {_SECRET}"
            ),
        ],
    )


def confirm_new_address(place: Place, occasion: Occasion, code: str, expires_at: datetime) -> Content:
    """Write the mail whose code makes this address the new one of an account."""
    return lay_out(
        f"Confirm your new address for {place.app_name}",
        [
            Block("Hello,"),
            Block(
                f"The account {occasion.user_name} on {place.app_name} is to have this address from now on. "
                "If it is yours, here is the code that confirms it:"
            ),
            Block(code, literal=True),
            *way_in(
                place,
                f"Type it in the form that asks for it. {_life(occasion, expires_at)} If that form is no "
                "longer open, sign in and change the address under Security again:",
            ),
            _origin(occasion),
            Block(
                "If the account is not yours, ignore this mail: without the code nothing changes, and it "
                f"dies by itself. {_SECRET}"
            ),
        ],
    )


def enrolment_code(
    place: Place, occasion: Occasion, code: str, expires_at: datetime, keys_forgotten: int
) -> Content:
    """Write the mail whose code sets up a new authenticator, after an administrator's reset (row 14).

    A blank code was shown to an administrator instead, who hands it over.
    """
    codes = ", your recovery codes and your SSH keys" if keys_forgotten else " and your recovery codes"
    hours = round((expires_at - occasion.at) / timedelta(hours=1))
    return lay_out(
        f"Set up a new authenticator for {place.app_name}",
        [
            Block(f"Hello {occasion.first_name},"),
            Block(
                f"An administrator of {place.app_name} has reset the authenticator of your account "
                f"{occasion.user_name}, on {moment(occasion.at)}. The codes of the old one"
                f"{codes} no longer work, and you were signed out everywhere. "
                f"{_with_code(code, 'you set up a new authenticator')}"
            ),
            *_code_alone(code),
            *way_in(
                place,
                f"It works once, until {moment(expires_at)} ({hours} hours after the reset). Have your phone "
                "at hand, and connect with:",
            ),
            Block(
                f"On the Sign in screen type your user name, your password, and {_that(code)} in the Code "
                "field. Then scan the QR code with your authenticator app and type the six digits that it "
                "shows. You will get new recovery codes."
            ),
            Block(
                "If you did not ask for this, tell the people who run "
                f"{place.app_name}, and set up your authenticator all the same: you cannot sign in without. "
                f"The code is useless without your password. {_SECRET}"
            ),
        ],
    )


def account_made(place: Place, occasion: Occasion, code: str, expires_at: datetime) -> Content:
    """Write the mail whose code opens an account that an operator made for somebody (row 14).

    A blank code was shown to the operator instead, who hands it over.
    """
    return lay_out(
        f"Your account on {place.app_name}",
        [
            Block(f"Hello {occasion.first_name},"),
            Block(
                f"An administrator of {place.app_name} made the account {occasion.user_name} for you, with "
                f"this address, on {moment(occasion.at)}. {_with_code(code, 'you make it yours')}"
            ),
            *_code_alone(code),
            *way_in(
                place,
                f"It works once, until {moment(expires_at)}. Have your phone at hand, with an authenticator "
                "app such as Aegis, FreeOTP or Google Authenticator, and connect with:",
            ),
            Block(
                f"On the Sign in screen type the user name {occasion.user_name}, leave the password empty, "
                f"and type {_that(code)} in the Code field. Then you choose a password, scan a QR code with "
                "the app, and get recovery codes."
            ),
            Block(
                "If you did not expect this, ignore it: nobody can use the account without the code. "
                f"{_SECRET}"
            ),
        ],
    )


def address_known(place: Place, occasion: Occasion) -> Content:
    """Write what the owner of an account gets when somebody registers with its address: no code."""
    return lay_out(
        f"You already have an account on {place.app_name}",
        [
            Block(f"Hello {occasion.first_name},"),
            Block(
                f"Somebody tried to create an account on {place.app_name} with this address. It already has "
                f"one, with the user name {occasion.user_name}. Nothing was changed and no other was made."
            ),
            *way_in(place, "If that was you, sign in with that user name:"),
            Block("If you forgot the password, press F3 on the Sign in screen."),
            _origin(occasion),
            Block("If that was not you, there is nothing to do."),
        ],
    )


def address_in_use(place: Place, occasion: Occasion) -> Content:
    """Write what the owner of an account gets when another account is to have its address: no code."""
    return lay_out(
        f"Another account on {place.app_name} asked for your address",
        [
            Block(f"Hello {occasion.first_name},"),
            Block(
                f"Somebody who is signed in to another account on {place.app_name} wanted it to have this "
                f"address. It is the address of your account {occasion.user_name}, so nothing was changed."
            ),
            *way_in(
                place,
                "If that was you, use another address there; or first sign in to "
                f"{occasion.user_name} and change its address under Security:",
            ),
            _origin(occasion),
            Block("If that was not you, there is nothing to do."),
        ],
    )


def own_data(place: Place, occasion: Occasion, data: str) -> Content:
    """Write the mail that brings somebody all that is kept about them, a JSON text, as a file."""
    name = f"sshauth-{_NOT_IN_FILE_NAMES.sub('', occasion.user_name)}.json"
    return lay_out(
        f"Your data on {place.app_name}",
        [
            Block(f"Hello {occasion.first_name},"),
            Block(
                f"Here is what {place.app_name} keeps about you and your account {occasion.user_name}, as "
                "you asked. It is in the attached file:"
            ),
            Block(name, literal=True),
            Block("The file is JSON, which any text editor opens. It holds no password and no code."),
            _origin(occasion),
            *way_in(
                place,
                "If that was not you, somebody else is signed in to your account. Sign in, end their "
                "session under Sessions, and change your password under Security:",
            ),
        ],
        Attachment(name, data),
    )


def trial(app_name: str, machine: str, at: datetime) -> Content:
    """Write the mail that an operator sends to see whether mail arrives."""
    return lay_out(
        f"A trial mail from {app_name}",
        [
            Block("Hello,"),
            Block(f"If you can read this, {app_name} can send mail to this address."),
            Block(f"It was asked for by a command on {machine}, on {moment(at)}."),
        ],
    )


def _with_code(code: str, what: str) -> str:
    """Say what a code is for that stands below, or that somebody else has."""
    if code:
        return f"With this code {what}:"
    return f"With a code {what}; the administrator has it, and gives it to you."


def _that(code: str) -> str:
    return "the code above" if code else "that code"


def _code_alone(code: str) -> list[Block]:
    return [Block(code, literal=True)] if code else []


def _life(occasion: Occasion, expires_at: datetime) -> str:
    minutes = round((expires_at - occasion.at) / timedelta(minutes=1))
    unit = "minute" if minutes == 1 else "minutes"
    return f"It works once, until {clock_time(expires_at)} ({minutes} {unit} after the request)."


def _origin(occasion: Occasion) -> Block:
    return Block(f"The request came from {occasion.address} on {moment(occasion.at)}.")
