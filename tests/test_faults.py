"""Faults: what is logged as an error, without the words of errors and the values of variables."""

import asyncio
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex

import pytest
import structlog

from sshauth.faults import MOST_WAITING, Fault, FaultBox
from sshauth.logs import logging_to

log = structlog.get_logger("sshauth.test")


def raise_it(error: type[Exception], *words: str) -> None:
    raise error(*words)


@pytest.fixture
def box(tmp_path: Path) -> Iterator[FaultBox]:
    """Log to a file, and have errors in a box."""
    box = FaultBox()
    with logging_to(tmp_path / "a.log", "INFO", box):
        yield box


async def only_one_in(box: FaultBox) -> Fault:
    fault = await asyncio.wait_for(box.take(), 5)
    assert not box._faults
    return fault


async def test_an_error_says_what_happened_and_where(box: FaultBox) -> None:
    """By the log's name for it, the kind of error, and places that are the same on every machine."""

    def fails(password: str) -> None:
        raise ValueError(password)

    secret = token_hex(8)
    try:
        fails(secret)
    except ValueError:
        log.exception("it.broke", incident="1A2B3C4D", address="203.0.113.7", reason=secret)
    fault = await only_one_in(box)
    assert (fault.event, fault.error, fault.facts) == ("it.broke", "ValueError", {"incident": "1A2B3C4D"})
    assert fault.places[-1].startswith("test_faults.py:")
    assert fault.places[-1].endswith(" in fails")
    assert secret not in repr(fault)


async def test_an_error_without_a_traceback_has_no_place(box: FaultBox) -> None:
    """What is no error is none; an error that was handed over counts as one that is being handled."""
    log.info("all.well")
    log.warning("odd", incident="1")
    log.error("worker.ended", worker=1, status=-9, reason=None)
    log.error("was.broken", exc_info=KeyError("x"))
    assert await box.take() == Fault("worker.ended", facts={"worker": 1, "status": -9})
    assert await only_one_in(box) == Fault("was.broken", "KeyError")


async def test_what_a_library_says_is_not_told(box: FaultBox) -> None:
    """Only whose line it is: it may hold anything."""
    secret = token_hex(8)
    try:
        raise_it(OSError, secret)
    except OSError:
        logging.getLogger("asyncio").exception("Task %s failed", secret)
    fault = await only_one_in(box)
    assert (fault.event, fault.error) == ("an error of asyncio", "OSError")
    assert secret not in repr(fault)


async def test_places_are_named_from_their_package_on(box: FaultBox) -> None:
    """Where packages lie differs from machine to machine, and one mail is meant for all."""
    try:
        structlog.stdlib.render_to_log_kwargs(None, "", None)  # type: ignore[arg-type]
    except AttributeError as error:
        log.error("it.broke", exc_info=error)  # noqa: TRY400 - as a session is told of an app's error
    try:
        FaultBox().note(None, "", None)  # type: ignore[arg-type]
    except AttributeError:
        log.exception("it.broke")
    assert (await box.take()).places[-1].startswith("structlog/stdlib.py:")
    assert (await only_one_in(box)).places[-1].startswith("sshauth/faults.py:")


async def test_the_same_fault_is_told_by_event_error_and_place(box: FaultBox) -> None:
    """Not by what else stands beside it."""

    def fails(error: type[Exception]) -> None:
        try:
            raise_it(error)
        except Exception:
            log.exception("it.broke", incident=token_hex(4))

    for error in (ValueError, ValueError, TypeError):
        fails(error)
    first, second, third = [(await box.take()).sameness for _ in range(3)]
    assert first == second != third


async def test_any_thread_may_put_one_in(box: FaultBox) -> None:
    """Whoever waits is woken."""
    taking = asyncio.create_task(box.take())
    await asyncio.sleep(0)
    threading.Thread(target=log.error, args=("it.broke",)).start()
    assert (await asyncio.wait_for(taking, 5)).event == "it.broke"


async def test_of_too_many_the_oldest_go() -> None:
    """A flood of errors costs little memory."""
    box = FaultBox()
    for number in range(MOST_WAITING + 5):
        box.put(Fault(str(number)))
    assert (await box.take()).event == "5"


def test_a_loop_that_is_closed_is_not_woken() -> None:
    """What is logged at the very end harms nobody."""
    box = FaultBox()
    box.put(Fault("first"))
    assert asyncio.run(box.take()).event == "first"
    box.put(Fault("last"))
