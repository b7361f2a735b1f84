"""What forms have in common that ask for a new password: words about it while it is typed."""

import asyncio
from collections.abc import Mapping
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.widgets import Input

from sshauth.accounts import rules
from sshauth.accounts.errors import DIFFERENT_PASSWORDS, Busy
from sshauth.accounts.strength import Strength, Verdict
from sshauth.tui.form import Tone
from sshauth.tui.live_form import LiveForm
from sshauth.tui.strength_bar import StrengthBar

PAUSE_SECONDS = 0.4
"""How long nothing must be typed before the password is judged."""

PASSWORD, REPEAT = "password", "repeat_password"
MATCH = "Both are the same."
TOO_EASY = "Too easy to guess: "


class NewPasswordForm(LiveForm):
    """A form with a field ``password``, whose strength is shown, and ``repeat_password``."""

    OWN_WORDS: ClassVar[tuple[str, ...]] = ()
    """Fields that hold what a password must not be made of."""

    def __init__(
        self, strength: Strength, *, intro: str = "", values: Mapping[str, str] | None = None
    ) -> None:
        """Take who judges passwords, the words above the fields, and what the fields hold at first."""
        super().__init__(intro=intro, values=values)
        self._strength = strength
        self._bar = StrengthBar()
        self._pause: asyncio.TimerHandle | None = None
        self._advice = ""
        self._verdict: tuple[tuple[str, tuple[str, ...]], Verdict] | None = None

    def compose(self) -> ComposeResult:
        """Put the bar below the label of the password, where there is room."""
        for widget in super().compose():
            if widget.id == f"{PASSWORD}-label":
                widget.add_class("above-bar")
            yield widget
            if widget.id == PASSWORD:
                yield self._bar

    def own_words(self) -> tuple[str, ...]:
        """Give what the password must not be made of."""
        return tuple(self.input_of(name).value for name in self.OWN_WORDS)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Judge the password after a pause in the typing; say at once that both are the same."""
        if event.input.id == PASSWORD:
            self._bar.show_length(event.value)
            self._wait_no_longer()
            loop = asyncio.get_running_loop()
            self._pause = loop.call_later(PAUSE_SECONDS, self.call_later, self._begin_to_judge)
            self._judged = {name: value for name, value in self._judged.items() if name != REPEAT}
        if event.input.id in {PASSWORD, REPEAT}:
            self._compare(also_different=False)

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """Judge the password once its field is left: also one that is too short to have a strength."""
        if event.widget.id == PASSWORD:
            self._begin_to_judge()
        if event.widget.id in {PASSWORD, REPEAT} and not self.busy:
            self.look_into(self._compare_both, REPEAT)

    def on_screen_resume(self) -> None:
        """Judge what was submitted before it was judged, for who comes back to it."""
        self._begin_to_judge()

    def show_problems(self, problems: Mapping[str, str]) -> None:
        """Show how hard the password is to guess, too, if something else was wrong."""
        super().show_problems(problems)
        self.call_later(self._begin_to_judge)

    def stop_looking(self) -> None:
        """Judge no more."""
        super().stop_looking()
        self._wait_no_longer()

    async def on_unmount(self) -> None:
        """Judge no more."""
        self._wait_no_longer()

    def _wait_no_longer(self) -> None:
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None

    # How hard it is to guess

    def _begin_to_judge(self) -> None:
        self._wait_no_longer()
        if self.busy:
            return
        if not self.is_judged(PASSWORD) or not self._bar.is_judged:
            self.look_into(self._judge, PASSWORD)
        elif self._advice:
            self._advise()

    async def _judge(self) -> None:
        password = self.input_of(PASSWORD).value
        # Where the form was submitted with it, the words about it are said.
        is_said = self.is_judged(PASSWORD)
        self._advice = ""
        try:
            checked = rules.check_password(password)
        except ValueError as error:
            if password and not is_said and not self.input_of(PASSWORD).has_focus:
                self.say_live(PASSWORD, password, str(error))
            return
        verdict = await self._ask_judge(checked)
        if verdict is None or self.input_of(PASSWORD).value != password:
            return
        self._bar.show_score(verdict.score, is_enough=verdict.is_enough)
        if is_said:
            return
        if verdict.is_enough:
            self.say_live(PASSWORD, password, verdict.advice, Tone.GOOD)
        else:
            self._advice = verdict.advice
            self._advise()

    async def _ask_judge(self, checked: str) -> Verdict | None:
        """Have a password judged, once for what the form holds: it takes a tenth of a second at times."""
        asked = (checked, self.own_words())
        if self._verdict is None or self._verdict[0] != asked:
            try:
                verdict = await self._strength.judge(
                    checked, own_words=asked[1], source=self.auth_app.peer.source
                )
            except Busy:
                return None  # It is judged again when the form is submitted.
            self._verdict = (asked, verdict)
        return self._verdict[1]

    def _advise(self) -> None:
        """Say what would make it better: that it is not enough only when the person goes on with it."""
        password = self.input_of(PASSWORD)
        if not password.has_focus:
            self.say_live(PASSWORD, password.value, f"{TOO_EASY}{self._advice}")
        elif not self.error_beside(PASSWORD):
            self.say_live(PASSWORD, password.value, self._advice, Tone.HINT)

    async def problems(self) -> dict[str, str]:
        """Say also that the two differ, and that the password is too easy to guess."""
        problems = await super().problems()
        password, repeated = self.input_of(PASSWORD).value, self.input_of(REPEAT).value
        if password and repeated and password != repeated:
            problems |= DIFFERENT_PASSWORDS
        if PASSWORD not in problems and (weakness := await self._weakness(password)):
            problems[PASSWORD] = weakness
        elif PASSWORD not in problems and self.error_beside(PASSWORD):
            # It was too easy to guess for its owner's other name or address.
            self.say_beside(PASSWORD, "")
        return problems

    async def _weakness(self, password: str) -> str | None:
        try:
            checked = rules.check_password(password)
        except ValueError as error:
            return str(error)
        verdict = await self._ask_judge(checked)
        if verdict is None:
            return None
        self._bar.show_score(verdict.score, is_enough=verdict.is_enough)
        return None if verdict.is_enough else f"{TOO_EASY}{verdict.advice}"

    # Both the same

    async def _compare_both(self) -> None:
        if not self.is_judged(REPEAT):
            is_done = not any(self.input_of(name).has_focus for name in (PASSWORD, REPEAT))
            self._compare(also_different=is_done)

    def _compare(self, *, also_different: bool) -> None:
        """Say that both are the same; that they differ only when the person is done with both."""
        password, repeated = self.input_of(PASSWORD).value, self.input_of(REPEAT).value
        if not password or not repeated:
            return
        if password == repeated:
            self.say_live(REPEAT, repeated, MATCH, Tone.GOOD)
        elif also_different:
            self.say_live(REPEAT, repeated, DIFFERENT_PASSWORDS[REPEAT])
        else:
            self.say_beside(REPEAT, "")
