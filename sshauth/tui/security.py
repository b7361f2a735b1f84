"""Security: what stands between a stranger and the account, and the ways to change it."""

from functools import partial
from typing import ClassVar

from sshauth.accounts.security import Profile
from sshauth.times import ago
from sshauth.tui.authenticators import AuthenticatorsScreen
from sshauth.tui.change_password import ChangePasswordScreen
from sshauth.tui.menu import Action, MenuScreen
from sshauth.tui.new_recovery_codes import NewRecoveryCodesScreen


class SecurityScreen(MenuScreen):
    """Shows how the account is kept, and leads to what changes that. Each way asks for password and code."""

    HEADING = "Security"
    HELP: ClassVar[str] = (
        "Password, authenticator apps and recovery codes. Each change asks first for your password and a "
        "code; for five minutes after that it does not ask again. You are mailed about each."
    )

    async def load(self) -> None:
        """Show the account as it is now."""
        profile = await self._profile()
        now = self.accounts.security.clock()
        changed = profile.password_changed_at
        authenticators = await self.accounts.authenticators.all(self.me)
        self.show_facts(
            [
                ("Password", f"changed {ago(changed, now, self.zone)}" if changed else "never changed"),
                ("Authenticators", ", ".join(each.name for each in authenticators)),
                ("Recovery codes", _codes(profile)),
            ]
        )
        rooms = (
            ("Change password", self._password),
            ("Authenticators", self._authenticators),
            ("New recovery codes", self._recovery_codes),
        )
        await self.show_actions([Action(label, partial(self.enter, make)) for label, make in rooms])

    async def _profile(self) -> Profile:
        return await self.accounts.security.profile(self.me)

    async def _password(self) -> ChangePasswordScreen:
        profile = await self._profile()
        own_words = (profile.user_name, profile.email, profile.first_name, profile.last_name)
        keys = await self.accounts.ssh_keys.all(self.me, self.peer)
        return ChangePasswordScreen(self.accounts.strength, own_words, has_keys=bool(keys))

    async def _authenticators(self) -> AuthenticatorsScreen:
        return AuthenticatorsScreen()

    async def _recovery_codes(self) -> NewRecoveryCodesScreen:
        return NewRecoveryCodesScreen()


def _codes(profile: Profile) -> str:
    left = f"{profile.recovery_codes_left} left"
    return left if profile.recovery_codes_kept else f"{left}; you have not shown that you kept them"
