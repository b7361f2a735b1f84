"""What a look at something found, and looks that cannot hold up or hide each other."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from sshauth.files import reason_of

LONGEST_LOOK = 12.0
"""Seconds: longer than any part of it may take to answer."""

T = TypeVar("T")


class State(StrEnum):
    """How something is."""

    OK = "ok"
    HINT = "hint"
    """It works, and could be better."""
    WRONG = "wrong"
    UNKNOWN = "unknown"
    """It could not be looked at, because of something else that is wrong."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look found: a line."""

    look: str
    state: State
    said: str
    to_do: str = ""


Findings = Sequence[Finding]
Look = tuple[str, Callable[[], Awaitable[Findings]]]
"""What is looked at, and how."""


def ok(look: str, said: str) -> Finding:
    """Say that all is well."""
    return Finding(look, State.OK, said)


def hint(look: str, said: str, to_do: str) -> Finding:
    """Say that something could be better."""
    return Finding(look, State.HINT, said, to_do)


def wrong(look: str, said: str, to_do: str) -> Finding:
    """Say what is wrong, and what to do."""
    return Finding(look, State.WRONG, said, to_do)


def unknown(look: str, said: str) -> Finding:
    """Say why something could not be looked at."""
    return Finding(look, State.UNKNOWN, said)


async def found_by(look: Look, seconds: float = LONGEST_LOOK) -> Findings:
    """Look, for so long at most; whatever goes wrong meanwhile is a finding, too."""
    name, work = look
    try:
        async with asyncio.timeout(seconds):
            return await work()
    except TimeoutError:
        return [wrong(name, f"no answer within {seconds:g} s", "Look whether it is overloaded or hangs.")]
    except Exception as error:  # noqa: BLE001 - one that breaks must not hide the others
        reason = f"{type(error).__name__}: {reason_of(error)}"
        return [wrong(name, f"could not be looked at ({reason})", "Look at what that is about.")]


async def all_found_by(looks: Iterable[Look]) -> list[Finding]:
    """Look at several things at once; give what was found in their order."""
    found = await asyncio.gather(*(found_by(look) for look in looks))
    return [finding for findings in found for finding in findings]


async def in_thread(function: Callable[..., T], *arguments: object) -> T:
    """Run something that may hang, as a disk of another machine does, in a thread that nobody waits for."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def tell(settle: Callable[..., None], value: object) -> None:
        if not future.done():
            settle(value)

    def work() -> None:
        try:
            outcome: tuple[Callable[..., None], object] = (future.set_result, function(*arguments))
        except Exception as error:  # noqa: BLE001 - it is raised where the result is waited for
            outcome = (future.set_exception, error)
        with suppress(RuntimeError):  # nobody waits any more
            loop.call_soon_threadsafe(tell, *outcome)

    threading.Thread(target=work, daemon=True).start()
    return await future
