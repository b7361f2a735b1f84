"""What can go wrong with accounts, in words that a screen shows as they are."""

from collections.abc import Mapping
from datetime import timedelta

DIFFERENT_PASSWORDS = {"repeat_password": "The passwords differ."}
"""What forms that ask for a new password twice have in common."""


class AccountError(Exception):
    """The root. ``message`` is for the person; ``field`` names the form field that it concerns, if one."""

    message = "That did not work."
    field: str | None = None

    def __init__(self, message: str | None = None, *, field: str | None = None) -> None:
        """Take words or a field that differ from the class's own."""
        self.message = message or self.message
        self.field = field or self.field
        super().__init__(self.message)


class PerhapsDone(AccountError):
    """The database was lost just as the work was to be kept; it does not say whether it was."""

    message = (
        "The database was lost at the last moment: this was done, or not at all. Look which, and try again "
        "if it was not."
    )


class InvalidForm(AccountError):
    """One or more fields cannot be accepted; ``problems`` holds the words for each."""

    message = "Please look at the marked fields."

    def __init__(self, problems: Mapping[str, str]) -> None:
        """Take words by field name."""
        self.problems = dict(problems)
        super().__init__()


class SignInRefused(AccountError):
    """User name, password or code is wrong; which of them is nobody's business (ASVS 6.3.8)."""

    message = "User name, password or code is wrong."


class CodeAlreadyUsed(AccountError):
    """The code is genuine and was accepted before (RFC 6238 5.2). Only said to who has the password too."""

    message = "That code was already used. Wait for the next one."
    field = "code"


class ClockOff(AccountError):
    """The code is genuine but belongs to another time. Only said to who has the password too."""

    field = "code"

    def __init__(self, off: timedelta) -> None:
        """Take how far the code's time is ahead of ours (negative: behind)."""
        self.off = off
        seconds = round(abs(off.total_seconds()))
        amount = f"{seconds} seconds" if seconds < 120 else f"{round(seconds / 60)} minutes"  # noqa: PLR2004
        side = "ahead" if off > timedelta(0) else "behind"
        super().__init__(f"That code is about {amount} {side}: set your phone's clock to automatic.")


class WrongCode(AccountError):
    """The authenticator's code is wrong, where nothing else could be meant."""

    message = "That code is wrong. Type the one your app shows now."
    field = "code"


class RegistrationClosed(AccountError):
    """Nobody creates an account here; those who run the place make them."""


class InvitationWrong(AccountError):
    """The invitation is wrong, used, withdrawn, replaced or expired."""

    message = "That invitation is wrong, was used, or has expired."
    field = "invitation"


class NoInvitations(AccountError):
    """Nobody needs an invitation, or nobody could use one."""


class RegistrationGone(AccountError):
    """A registration was not finished in time, or is finished already."""

    message = "This registration has expired. Go back and create the account again."


class Disabled(AccountError):
    """What is wished makes no sense for an account that nobody may sign in to."""

    message = "This account is disabled. Enable it first."


class Taken(AccountError):
    """A user name or address that is wished for an account has one, or is held for one."""


class RenewalGone(AccountError):
    """A new authenticator was not set up in time, or is set up already."""

    message = "The code from your mail was used, replaced or has expired. Go back and sign in again."


class ConfirmationCodeWrong(AccountError):
    """The code mailed to confirm an address is wrong, used, replaced or expired."""

    message = "That code is wrong or has expired."
    field = "mail_code"


class ConfirmationNeeded(AccountError):
    """A sensitive change needs password and code once more (ASVS 7.5.1)."""

    message = "Please confirm with your password and a code first."


class LastAuthenticator(AccountError):
    """Without an authenticator nobody could sign in."""

    message = "This is your only authenticator. Add another one first."


class TooManyAuthenticators(AccountError):
    """An account has one or two authenticators."""

    message = "You have two authenticators already. Remove one first."


class NoKey(AccountError):
    """Nothing to remember: the client did not sign with a key."""

    message = "No key was shown on this connection. Connect with one, and add it then."


class KeyOfAnother(AccountError):
    """A key belongs to one account. Only who holds the key learns that it is another's."""

    message = "This key is remembered by another account. Remove it there first."


class TooManyKeys(AccountError):
    """An account remembers so many keys and no more."""

    message = "You have 20 keys already. Remove one first."


class NotAdministrator(AccountError):
    """What is wished is for administrators, and the person is none, or no longer."""

    message = "You are no administrator any more."


class NotYourself(AccountError):
    """What administrators must not do to their own account."""

    message = "That is your own account. Ask another administrator."


class GoneAway(AccountError):
    """The session, or what was to be changed, is not there any more."""

    message = "That is not there any more."


class Busy(AccountError):
    """So many passwords wait to be checked that it would take too long; nothing was judged or counted."""

    message = "We are very busy. Please try again in a moment: nothing is lost."


class TooManyUnfinished(AccountError):
    """A source has as many unfinished registrations as it may have."""

    message = "Too many registrations from your address are unfinished. Try again when one is done."


class ResetCodeWrong(AccountError):
    """The reset code is wrong, used, replaced or expired; an unknown account gives the same words."""

    message = "That reset code is wrong or has expired."
    field = "reset_code"


class TooManyTries(AccountError):
    """A counter is used up; ``wait`` says for how long."""

    def __init__(self, wait: timedelta, what: str, *, field: str | None = None) -> None:
        """Take the wait and what there were too many of, as in "wrong reset codes"."""
        self.wait = wait
        self._what = what
        super().__init__(self.after(wait), field=field)

    def after(self, wait: timedelta) -> str:
        """Give the words for when so much of the wait is left."""
        return f"Too many {self._what}. Try again in {spoken(wait)}."


def spoken(wait: timedelta) -> str:
    """Say a wait the way people do: "32 s", "5 minutes", "3 hours". Always rounded up."""
    seconds = max(1, -int(-wait.total_seconds() // 1))
    for size, name in ((3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{-(-seconds // size)} {name}"
    return f"{seconds} s"
