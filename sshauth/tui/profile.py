"""Profile: who one is here, and what does not concern the sign-in."""

import asyncio
from functools import partial
from typing import ClassVar

from sshauth.accounts.security import Profile
from sshauth.times import date
from sshauth.tui.change_email import ChangeEmailScreen
from sshauth.tui.change_names import ChangeNamesScreen
from sshauth.tui.delete_account import DeleteAccountScreen
from sshauth.tui.menu import Action, MenuScreen
from sshauth.tui.own_data import Document, OwnDataScreen


class ProfileScreen(MenuScreen):
    """Shows names, address and colours, and leads to what changes them."""

    HEADING = "Profile"
    HELP: ClassVar[str] = (
        "What we know of you. Changes of names and address ask for your password and a code first; colours "
        "are kept with your account, for every terminal that you use."
    )

    def on_mount(self) -> None:
        """Show other colours by their name too, however they were chosen."""
        super().on_mount()
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self.attempt(self.load))

    async def load(self) -> None:
        """Show the account as it is now."""
        profile = await self._profile()
        self.show_facts(
            [
                ("User name", profile.user_name),
                ("Names", f"{profile.first_name} {profile.last_name}"),
                ("Email", profile.email),
                ("Account since", date(profile.created_at, self.zone)),
                ("Colours", self.app.theme),
            ]
        )
        await self.show_actions(
            [
                Action("Change names", partial(self.enter, self._names)),
                Action("Change email", partial(self.enter, self._email)),
                Action("Other colours (Ctrl+T)", self._colours),
                Action("See my data", partial(self.enter, self._own_data)),
                Action("Delete account", partial(self.enter, self._delete)),
            ]
        )

    async def _profile(self) -> Profile:
        return await self.accounts.security.profile(self.me)

    async def _colours(self) -> None:
        self.auth_app.action_next_theme()
        await self.load()

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
