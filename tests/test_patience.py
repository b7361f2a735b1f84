"""Patience: how long somebody may go without a key, and how long all may last."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from sshauth.accounts.peer import TimeLimits
from sshauth.accounts.session_ends import EndReason
from sshauth.patience import Allowance, Patience, spoken

LIMITS = TimeLimits()
SOON, LATE = timedelta(seconds=0.2), timedelta(hours=1)


class Heard:
    """What a patience says, with the time of each word."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.ends: list[tuple[EndReason, str]] = []
        self.times: list[float] = []
        self.patience = Patience(warn=self.warn, end=self.end)

    def warn(self, words: str) -> None:
        self.times.append(asyncio.get_running_loop().time())
        self.words.append(words)

    def end(self, reason: EndReason, words: str) -> None:
        self.times.append(asyncio.get_running_loop().time())
        self.ends.append((reason, words))


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is true."""
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


async def test_there_is_a_word_before_the_end() -> None:
    """Half the time before, where the limit is short; then the end, once."""
    heard = Heard()
    begun = asyncio.get_running_loop().time()
    heard.patience.begin(Allowance(SOON, LATE, signed_in=True))
    await until(lambda: bool(heard.ends))
    assert heard.words == ["Still there? In 0.1 s you will be signed out. Press any key to stay."]
    assert heard.ends == [(EndReason.IDLE, "Signed out: nothing was typed for 0.2 s.")]
    warned, ended = (time - begun for time in heard.times)
    assert 0.1 <= warned < 0.2 <= ended


async def test_a_key_counts_from_anew() -> None:
    """There is a word again, as long after it."""
    heard = Heard()
    heard.patience.begin(Allowance(SOON, LATE))
    await until(lambda: len(heard.words) == 1)
    heard.patience.touch()
    touched = asyncio.get_running_loop().time()
    await until(lambda: len(heard.words) == 2)
    assert asyncio.get_running_loop().time() - touched >= 0.1
    assert heard.ends == []
    await until(lambda: bool(heard.ends))


async def test_keys_do_not_move_the_absolute_limit() -> None:
    """There is one word, and the end comes while somebody types."""
    heard = Heard()
    heard.patience.begin(Allowance(LATE, SOON, signed_in=True))
    while not heard.ends:
        heard.patience.touch()
        await asyncio.sleep(0.005)
    assert heard.words == [
        "This session ends in 0.1 s: it is 0.2 s old. Press any key to see the screen again."
    ]
    assert heard.ends == [
        (EndReason.EXPIRED, "Signed out: the session was 0.2 s old. Connect again to sign in anew.")
    ]


async def test_what_was_counted_stays_when_more_is_allowed() -> None:
    """The time in all began at the beginning."""
    heard = Heard()
    heard.patience.begin(Allowance(LATE, LATE))
    begun = asyncio.get_running_loop().time()
    await asyncio.sleep(0.05)
    heard.patience.allow(Allowance(LATE, SOON))
    await until(lambda: bool(heard.ends))
    assert asyncio.get_running_loop().time() - begun < 0.24


async def test_nothing_comes_after_the_stop() -> None:
    """Neither a word nor the end, and no timer is left to keep anything alive."""
    heard = Heard()
    heard.patience.begin(Allowance(SOON, LATE))
    heard.patience.stop()
    heard.patience.touch()
    await asyncio.sleep(0.25)
    assert (heard.words, heard.ends) == ([], [])


WORDS = {
    Allowance.of_stranger(LIMITS): ("nothing was typed for 5 minutes", "nobody signed in for 15 minutes"),
    Allowance.of_stranger(LIMITS, waits=True, has_waited=True): (
        "nothing was typed for 15 minutes",
        "nobody signed in for 45 minutes",
    ),
    Allowance.of_stranger(LIMITS, has_waited=True): (
        "nothing was typed for 5 minutes",
        "nobody signed in for 45 minutes",
    ),
    Allowance.of_signed_in(LIMITS): ("nothing was typed for 30 minutes", "the session was 12 hours old"),
}


@pytest.mark.parametrize(("allowance", "words"), WORDS.items())
@pytest.mark.parametrize("limit", [0, 1], ids=["idle", "absolute"])
async def test_each_limit_says_its_time(
    allowance: Allowance, words: tuple[str, str], limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A minute ahead there is a word, and at the end another; the clock is moved, not waited for."""
    heard = Heard()
    loop = asyncio.get_running_loop()
    begun = loop.time()
    heard.patience.begin(allowance)
    length = (allowance.idle, allowance.absolute)[limit].total_seconds()
    for seconds, warned, ended in ((length - 61, 0, 0), (length - 59, 1, 0), (length + 1, 1, 1)):
        monkeypatch.setattr(loop, "time", lambda seconds=seconds: begun + seconds)
        if limit == 1 and not ended:
            heard.patience.touch()
        heard.patience.allow(allowance)
        assert (len(heard.words), len(heard.ends)) == (warned, ended)
        if limit == 1:
            heard.patience.touch()
    monkeypatch.undo()
    assert "1 minute" in heard.words[0]
    assert words[limit] in heard.ends[0][1]


@pytest.mark.parametrize(
    ("time", "said"),
    [
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=15), "15 minutes"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(hours=12), "12 hours"),
        (timedelta(minutes=90), "90 minutes"),
        (timedelta(seconds=30), "30 s"),
        (timedelta(seconds=0.5), "0.5 s"),
    ],
)
def test_limits_are_said_as_people_do(time: timedelta, said: str) -> None:
    """In the largest unit that fits."""
    assert spoken(time) == said
