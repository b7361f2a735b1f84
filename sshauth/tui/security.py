"""Security: what a person can see and change of their account."""

import asyncio
from functools import partial

from sshauth.accounts.security import Profile
from sshauth.tui.ago import ago
from sshauth.tui.authenticators import AuthenticatorsScreen
from sshauth.tui.change_email import ChangeEmailScreen
from sshauth.tui.change_names import ChangeNamesScreen
from sshauth.tui.change_password import ChangePasswordScreen
from sshauth.tui.delete_account import DeleteAccountScreen
from sshauth.tui.menu import Action, MenuScreen
from sshauth.tui.new_recovery_codes import NewRecoveryCodesScreen
from sshauth.tui.own_data import Document, OwnDataScreen


class SecurityScreen(MenuScreen):
    """Shows the account, and leads to what changes it. Each way asks for password and code first."""

    HEADING = "Security"

    async def load(self) -> None:
        """Show the account as it is now."""
        profile = await self._profile()
        now = self.accounts.security.clock()
        changed = profile.password_changed_at
        authenticators = await self.accounts.authenticators.all(self.me)
        self.show_facts(
            [
                ("User name", profile.user_name),
                ("Names", f"{profile.first_name} {profile.last_name}"),
                ("Email", profile.email),
                ("Password", f"changed {ago(changed, now)}" if changed else "never changed"),
                ("Authenticators", ", ".join(each.name for each in authenticators)),
                ("Recovery codes", _codes(profile)),
            ]
        )
        rooms = (
            ("Change password", self._password),
            ("Authenticators", self._authenticators),
            ("New recovery codes", self._recovery_codes),
            ("Change email", self._email),
            ("Change names", self._names),
            ("Download my data", self._own_data),
            ("Delete account", self._delete),
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

    async def _email(self) -> ChangeEmailScreen:
        draft = self.auth_app.draft_of(ChangeEmailScreen)
        return ChangeEmailScreen(values=draft, needs_code=self.accounts.email_change.needs_code)

    async def _names(self) -> ChangeNamesScreen:
        profile = await self._profile()
        values = {"first_name": profile.first_name, "last_name": profile.last_name}
        return ChangeNamesScreen(values={**values, **self.auth_app.draft_of(ChangeNamesScreen)})

    async def _own_data(self) -> OwnDataScreen:
        text = await self.accounts.own_data.text(self.me, self.peer)
        document = await asyncio.to_thread(Document.of, text)
        return OwnDataScreen(document, (await self._profile()).email)

    async def _delete(self) -> DeleteAccountScreen:
        return DeleteAccountScreen((await self._profile()).first_name)


def _codes(profile: Profile) -> str:
    left = f"{profile.recovery_codes_left} left"
    return left if profile.recovery_codes_kept else f"{left}; you have not shown that you kept them"
