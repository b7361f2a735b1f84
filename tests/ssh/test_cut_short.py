"""An app that is told to end while it is about to show itself."""

import asyncio

import pytest
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Static

from sshauth.ssh.hosting import Host
from tests.ssh.fake_terminal import FakeTerminal
from tests.ssh.test_hosting import Form, begin
from tests.ssh.waiting import LONG_ENOUGH


class OfWords(Screen[None]):
    """Looks for its own widgets, as screens do, when they should be there."""

    def compose(self) -> ComposeResult:
        """Have words."""
        yield Static(id="words")

    def on_mount(self) -> None:
        """Say them."""
        self.query_one("#words", Static).update("hello")


class OfScreens(Form):
    """Begins with such a screen."""

    def compose(self) -> ComposeResult:
        """Have nothing below the screen."""
        yield from ()

    def get_default_screen(self) -> Screen[None]:
        """Begin there."""
        return OfWords()


@pytest.mark.parametrize("steps", range(20))
async def test_an_app_that_ends_as_it_begins_is_not_taken_for_broken(steps: int) -> None:
    """Textual leaves out what an ending app would mount, and its screens look for it in vain."""
    app, terminal = OfScreens(), FakeTerminal()
    running = begin(Host(), app, terminal)
    for _ in range(steps):
        await asyncio.sleep(0)
    app.exit()
    assert await asyncio.wait_for(running, LONG_ENOUGH) is None
    assert app.return_code == 0
