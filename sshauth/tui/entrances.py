"""The screens of a place that does not let everybody create an account."""

from collections.abc import Mapping
from typing import ClassVar

from sshauth.accounts.entrance import Entrance, EntrancePolicy
from sshauth.accounts.peer import Peer
from sshauth.accounts.registration import Registration
from sshauth.accounts.strength import Strength
from sshauth.tui.code_field import MAILED, CodeField
from sshauth.tui.create_account import CreateAccountScreen
from sshauth.tui.fields import Field
from sshauth.tui.links import Link
from sshauth.tui.sign_in import HELP, SignInScreen


class InviteSignInScreen(SignInScreen):
    """Sign in, where it takes an invitation to create an account."""

    HELP = HELP.format("F2 makes one for who is invited")


class ClosedSignInScreen(SignInScreen):
    """Sign in, where nobody creates an account: there is no way to it."""

    HELP = HELP.format("ask for one")
    LINKS: ClassVar[tuple[Link, ...]] = tuple(link for link in SignInScreen.LINKS if link.key != "f2")


class InvitedScreen(CreateAccountScreen):
    """Create account for who is invited: the code of the invitation comes first."""

    HELP = (
        "Here you make an account, with the invitation that you got by mail. Later you sign in with your "
        "user name or email, your password, and a code from an authenticator app, which comes next. There is "
        "no account before that is set up."
    )
    FIELDS: ClassVar[tuple[Field, ...]] = (
        CodeField("invitation", "Invitation", takes=MAILED),
        *CreateAccountScreen.FIELDS,
    )

    def __init__(
        self, registration: Registration, strength: Strength, peer: Peer, *, values: Mapping[str, str]
    ) -> None:
        """Take the use cases, the peer, and what was typed before, if anything."""
        super().__init__(registration, strength, peer, values=values)
        self.intro = (
            f"This takes an invitation: without one, ask {registration.entrance.ask}. Next you will need an "
            "authenticator app on your phone."
        )


SIGN_IN: Mapping[Entrance, type[SignInScreen]] = {
    Entrance.OPEN: SignInScreen,
    Entrance.INVITE: InviteSignInScreen,
    Entrance.CLOSED: ClosedSignInScreen,
}


def words_without_account(policy: EntrancePolicy) -> str:
    """Say whom to ask for an account, behind what Sign in says, where nobody creates one."""
    return f" No account? Ask {policy.ask}." if policy.entrance is Entrance.CLOSED else ""
