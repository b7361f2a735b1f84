"""Fuzzing: whatever bytes a client sends and whatever sizes its window has, its app goes on."""

import asyncio
from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.widgets import Button, DataTable, Footer, Header, Input, OptionList, Select, TextArea

from sshauth.ssh.driver import SSHDriver
from sshauth.ssh.hosting import Host
from sshauth.ssh.session import LARGEST, SMALLEST
from tests.ssh.fake_terminal import FakeTerminal
from tests.ssh.test_keyboard import PIECES
from tests.ssh.waiting import LONG_ENOUGH, eventually

Step = bytes | tuple[int, int]

NUMBERS = st.one_of(
    st.integers(-9, 300).map(str),
    st.sampled_from(
        ["", ":", "99999999999999999999", "1:2", "-1", "55296", "1114112", "200", "201", "2026", "48"]
    ),
)
SEQUENCES = st.builds(
    lambda kind, numbers, end: f"\x1b{kind}{';'.join(numbers)}{end}".encode(),
    st.sampled_from(["[", "[<", "[?", "O", "]", "[[", "\x1b["]),
    st.lists(NUMBERS, max_size=5),
    st.sampled_from([*"MmuABCDFHIOPRStyZ~$", "$y", "\x07", ""]),
)
INPUT = st.one_of(
    st.binary(max_size=60),
    SEQUENCES,
    st.lists(st.one_of(SEQUENCES, st.sampled_from(PIECES)), max_size=15).map(b"".join),
)
SIZES = st.tuples(st.integers(SMALLEST[0], 130), st.integers(SMALLEST[1], 50)) | st.just(LARGEST)


class Everything(App[None]):
    """One of each widget that takes input, and no key that ends it."""

    ENABLE_COMMAND_PALETTE = True
    BINDINGS = [Binding("ctrl+q", "bell", priority=True)]  # noqa: RUF012 - Textual reads them so

    def compose(self) -> ComposeResult:
        """Show them."""
        yield Header()
        yield Input()
        yield TextArea()
        yield OptionList("one", "two", "three")
        yield Select([("one", 1), ("two", 2)])
        yield DataTable()
        yield Button("press")
        yield Footer()

    def on_mount(self) -> None:
        """Be quick."""
        self.animation_level = "none"
        table = self.query_one(DataTable)
        table.add_columns("a", "b")
        table.add_rows([(1, 2), (3, 4)])

    async def action_quit(self) -> None:
        """Stay, whatever is typed."""


class Raw(FakeTerminal):
    """Draws nothing: what is written is only counted."""

    def read(self, most: int | None = None) -> None:  # noqa: ARG002
        self.unread.clear()


async def survives(steps: Sequence[Step]) -> None:
    """Run the app, do everything to it, and see it take a key after that."""
    app, terminal = Everything(), Raw()
    running = asyncio.create_task(Host().run(app, terminal))
    await eventually(lambda: terminal.driver and terminal.driver._intake._waiting is None, "the start")
    driver = terminal.driver
    assert driver is not None
    for step in steps:
        if isinstance(step, bytes):
            driver.feed(step)
        else:
            terminal.size = step
            driver.resize(step)
        await asyncio.sleep(0)
    await eventually(lambda: running.done() or is_at_rest(driver), "all of it")
    heard = asyncio.Event()
    app.call_later(heard.set)
    await eventually(lambda: running.done() or heard.is_set(), "an answer")
    assert not running.done(), app._exception
    app.exit()
    assert await asyncio.wait_for(running, LONG_ENOUGH) is None


def is_at_rest(driver: SSHDriver) -> bool:
    return not driver._intake._input and not driver._turns._waiting


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(INPUT | SIZES, min_size=1, max_size=8))
def test_an_app_survives_whatever_its_client_does(steps: list[Step]) -> None:
    """Nothing raises, nothing stops it."""
    asyncio.run(survives(steps))
