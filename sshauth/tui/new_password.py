"""What forms have in common that ask for a new password: words about it while it is typed."""

import asyncio
from collections.abc import Mapping
from typing import ClassVar

from textual import events
from textual.widgets import Input

from sshauth.accounts import rules
from sshauth.accounts.errors import Busy
from sshauth.accounts.strength import Strength
from sshauth.tui.form import FormScreen, Tone

PAUSE_SECONDS = 0.4
"""How long nothing must be typed before the password is judged."""

STRONG = 4


class NewPasswordForm(FormScreen):
    """A form with a field ``password``; its strength is said below, once it is long enough to have one."""

    OWN_WORDS: ClassVar[tuple[str, ...]] = ()
    """Fields that hold what a password must not be made of."""

    def __init__(
        self, strength: Strength, *, intro: str = "", values: Mapping[str, str] | None = None
    ) -> None:
        """Take who judges passwords, the words above the fields, and what the fields hold at first."""
        super().__init__(intro=intro, values=values)
        self._strength = strength
        self._pause: asyncio.TimerHandle | None = None

    def own_words(self) -> tuple[str, ...]:
        """Give what the password must not be made of."""
        return tuple(self.input_of(name).value for name in self.OWN_WORDS)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Judge the password after a pause in the typing."""
        if event.input.id == "password":
            self._wait_no_longer()
            loop = asyncio.get_running_loop()
            self._pause = loop.call_later(PAUSE_SECONDS, self.call_later, self._begin_to_judge)

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """Judge the password once its field is left: also one that is too short to have a strength."""
        if event.widget.id == "password":
            self._begin_to_judge()

    def stop_looking(self) -> None:
        """Judge no more."""
        super().stop_looking()
        self._wait_no_longer()

    def on_unmount(self) -> None:
        """Judge no more."""
        self._wait_no_longer()

    def _wait_no_longer(self) -> None:
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None

    def _begin_to_judge(self) -> None:
        self._wait_no_longer()
        if not self.busy and not self.is_judged("password"):
            self.look_into(self._judge, "password")

    async def _judge(self) -> None:
        password = self.input_of("password").value
        try:
            checked = rules.check_password(password)
        except ValueError as error:
            if password and not self.input_of("password").has_focus:
                self.say_live("password", password, str(error))
            return
        try:
            verdict = await self._strength.judge(checked, own_words=self.own_words())
        except Busy:
            return  # It is judged again when the form is submitted.
        if not verdict.is_enough:
            self.say_live("password", password, f"Weak: {verdict.advice}", Tone.HINT)
        else:
            self.say_live("password", password, "Strong" if verdict.score >= STRONG else "Good", Tone.GOOD)
