"""The use cases, bundled for those who show them."""

from dataclasses import dataclass

from sshauth.accounts.registration import Registration
from sshauth.accounts.reset import PasswordReset
from sshauth.accounts.signin import SignIn


@dataclass(frozen=True, slots=True)
class Accounts:
    """What people can do with accounts. A screen is handed the one use case that it serves."""

    sign_in: SignIn
    registration: Registration
    reset: PasswordReset
