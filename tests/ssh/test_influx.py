"""Bytes on their way to AsyncSSH."""

import asyncio
import time
from collections.abc import Callable

import pytest

from sshauth.ssh.influx import SHORTEST_PIECE, WORK_AT_ONCE, Influx
from sshauth.ssh.turns import Turns
from tests.ssh.waiting import eventually


class Taker:
    """Takes bytes, at a price for each piece or each byte, and notes when it was to wait."""

    def __init__(self, price: Callable[[bytes], float] = lambda _data: 0.0) -> None:
        self.price = price
        self.pieces: list[bytes] = []
        self.pauses: list[bool] = []
        self.turns = Turns()
        self.influx = Influx(self.turns, take=self.take, pause=self.pause)

    def take(self, data: bytes) -> None:
        self.pieces.append(data)
        end = time.thread_time() + self.price(data)
        while time.thread_time() < end:
            pass

    def pause(self, *, paused: bool) -> None:
        self.pauses.append(paused)

    @property
    def taken(self) -> bytes:
        return b"".join(self.pieces)


async def test_what_a_person_sends_goes_on_at_once() -> None:
    """Also a paste, and nobody is stopped."""
    taker = Taker()
    for data in (b"a", b"b" * 100_000, b"c"):
        taker.influx.feed(data)
        assert taker.taken.endswith(data[-1:])
    assert set(taker.pauses) == {False}


async def test_a_flood_is_stopped_and_goes_on_in_turns_whole_and_in_order() -> None:
    """What costs a lot of the loop comes a little at a time."""
    taker = Taker(lambda data: len(data) * 1e-6)
    data = bytes(range(256)) * 200
    began = time.thread_time()
    taker.influx.feed(data)
    assert time.thread_time() - began < 3 * WORK_AT_ONCE / 1e6
    assert taker.pauses[-1] is True
    assert len(taker.taken) < len(data)
    await eventually(lambda: len(taker.taken) == len(data), "all of it")
    assert taker.taken == data
    assert taker.pauses[-1] is False


async def test_pieces_grow_where_they_are_cheap_and_shrink_where_they_are_dear() -> None:
    """A long packet is not cut into crumbs, and ten thousand short ones are not handled in one go."""
    cheap, dear = Taker(), Taker(lambda _data: 0.002)
    cheap.influx.feed(bytes(1_000_000))
    dear.influx.feed(bytes(100_000))
    await eventually(lambda: len(dear.pieces) > 12, "some turns")
    assert len(cheap.pieces[-2]) > 10 * len(cheap.pieces[0])
    assert min(len(piece) for piece in dear.pieces) == SHORTEST_PIECE
    dear.influx.close()


async def test_after_the_end_nothing_is_handed_over() -> None:
    """Neither what waits nor what comes."""
    taker = Taker(lambda _data: 0.03)
    taker.influx.feed(bytes(50_000))
    assert taker.pauses[-1] is True
    taker.influx.close()
    taker.influx.feed(b"more")
    count = len(taker.pieces)
    await asyncio.sleep(0.1)
    assert len(taker.pieces) == count
    assert not taker.turns._waiting


async def test_a_taker_that_ends_it_is_handed_no_more() -> None:
    """AsyncSSH closes a connection in the middle of what it was given."""
    taker = Taker()

    def end(data: bytes) -> None:
        taker.pieces.append(data)
        influx.close()

    influx = Influx(taker.turns, take=end, pause=taker.pause)
    influx.feed(bytes(100_000))
    assert len(taker.pieces) == 1
    with pytest.raises(IndexError):
        taker.pieces[1]
