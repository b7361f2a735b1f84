"""The words of the mails to people who are to set up an account, or an authenticator anew. Pure."""

from datetime import datetime, timedelta

from sshauth.mail.layout import Block, Content, Occasion, Place, lay_out, moment, way_in
from sshauth.mail.messages import SECRET, origin


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
                f"account exists without the invitation, and it dies by itself. {SECRET}"
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
                f"The code is useless without your password. {SECRET}"
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
                f"{SECRET}"
            ),
        ],
    )


def not_set_up(place: Place, occasion: Occasion) -> Content:
    """Write what somebody gets who asks for a reset before their account has a password: no code."""
    return lay_out(
        f"Your account on {place.app_name} is not set up yet",
        [
            Block(f"Hello {occasion.first_name},"),
            Block(
                f"Somebody asked to reset the password of your account {occasion.user_name} on "
                f"{place.app_name}. It has none yet: an administrator made the account for you, and you make "
                "it yours with the code that you got then."
            ),
            *way_in(place, "If you have that code, and it is not older than a day, connect with:"),
            Block(
                f"If not, ask the people who run {place.app_name} for another: a reset does not help here."
            ),
            origin(occasion),
            Block("If that was not you, there is nothing to do."),
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
