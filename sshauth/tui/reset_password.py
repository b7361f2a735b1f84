"""Reset password: the mailed code, a code of the authenticator or a recovery code, a new password."""

from collections.abc import Mapping

from sshauth.accounts.peer import Peer
from sshauth.accounts.reset import NewPassword, PasswordReset
from sshauth.accounts.strength import Strength
from sshauth.tui.code_field import APP_OR_RECOVERY, MAILED, CodeField
from sshauth.tui.fields import Field
from sshauth.tui.new_password import NewPasswordForm

CHANGED = "Password changed. Sign in with the new one."


class ResetPasswordScreen(NewPasswordForm):
    """Sets a new password for who holds the mailed code, and the authenticator or a recovery code."""

    HEADING = "Reset password"
    HELP = (
        "Here you set a new password. It takes the code that we mailed to you, and a code from your "
        "authenticator app or a recovery code: who reads your mail alone cannot do it."
    )
    FIELDS = (
        Field("login", "User name or email", 254),
        CodeField("reset_code", "Reset code", takes=MAILED),
        CodeField("code", "App or recovery", takes=APP_OR_RECOVERY),
        Field("password", "New password", 256, secret=True),
        Field("repeat_password", "Repeat password", 256, secret=True),
    )
    SUBMIT = "Change password"
    OWN_WORDS = ("login",)

    def __init__(
        self,
        reset: PasswordReset,
        strength: Strength,
        peer: Peer,
        *,
        notice: str,
        waits: bool,
        values: Mapping[str, str],
    ) -> None:
        """Take the use cases, the peer, what to show at first, and whether a mail is on its way."""
        super().__init__(strength, intro=notice, values=values)
        self._reset = reset
        self._peer = peer
        self.waits = waits

    def first_field(self) -> str:
        """Skip the user name where it is known already."""
        return "reset_code" if self._first_values.get("login") else "login"

    async def submit(self, values: Mapping[str, str]) -> None:
        """Change the password and go back to Sign in."""
        await self._reset.change(NewPassword(**values), self._peer)
        self.auth_app.go_to_sign_in(login=values["login"], notice=CHANGED)
