"""How late the event loop is."""

import asyncio
import time

import pytest

from sshauth.background import in_background
from sshauth.meters import QUICK, Times
from sshauth.metrics import loop_lag


async def test_a_loop_that_is_held_up_is_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """By about as long as somebody held it."""
    monkeypatch.setattr(loop_lag, "EVERY_SECONDS", 0.001)
    lags = Times(QUICK)
    async with in_background(loop_lag.watch_loop(lags)), asyncio.timeout(5):
        while not sum(lags.counts):
            await asyncio.sleep(0.001)
        time.sleep(0.06)  # noqa: ASYNC251 - that is what is to be seen
        while not sum(lags.counts[QUICK.index(0.05) + 1 :]):
            await asyncio.sleep(0.001)
    assert lags.seconds >= 0.05
