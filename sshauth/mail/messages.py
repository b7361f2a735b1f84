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
SECRET = "Give it to nobody, whoever asks."  # noqa: S105 - about a code


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
            origin(occasion),
            Block(
                "If that was not you, there is nothing to do. Your password was not changed, the code is "
                "useless without your authenticator or a recovery code, and it dies by itself at "
                f"{clock_time(expires_at)}. {SECRET}"
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
            origin(occasion),
            Block(
                "If you did not register, ignore this mail: no account exists without the code, and it dies "
                f"by itself. {SECRET}"
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
            origin(occasion),
            Block(
                "If the account is not yours, ignore this mail: without the code nothing changes, and it "
                f"dies by itself. {SECRET}"
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
            origin(occasion),
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
            origin(occasion),
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
            origin(occasion),
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


def _life(occasion: Occasion, expires_at: datetime) -> str:
    minutes = round((expires_at - occasion.at) / timedelta(minutes=1))
    unit = "minute" if minutes == 1 else "minutes"
    return f"It works once, until {clock_time(expires_at)} ({minutes} {unit} after the request)."


def origin(occasion: Occasion) -> Block:
    """Say from where something was asked for."""
    return Block(f"The request came from {occasion.address} on {moment(occasion.at)}.")
