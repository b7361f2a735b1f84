"""Doing something again where the database was lost in the middle of it: nobody has to ask twice."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from sshauth.accounts.errors import Busy, PerhapsDone
from sshauth.db.engine import DatabaseLost

PAUSES = (0.1, 0.2, 0.5, 1.0, 2.0, 4.0)
"""Seconds between one try and the next. A try itself waits for a database that is away, however long."""
WAITED_LONG = 5.0
"""Seconds; who has waited longer than this has waited for the database, with everybody else."""

T = TypeVar("T")

log = structlog.get_logger(__name__)


async def again_if_lost(doing: Callable[[], Awaitable[T]]) -> T:
    """Do something; again where the database was lost meanwhile and has undone what was begun.

    Also where all who have waited for the database come back at once, and are too many for the moment.

    Raises:
        Busy: they are so for longer, or the database had nothing to do with it.
        PerhapsDone: it was lost at the last moment, so that nobody knows.
        DatabaseLost: it was lost time after time.
    """
    began = time.monotonic()
    for pause in PAUSES:
        try:
            return await doing()
        except Busy:
            if time.monotonic() - began < WAITED_LONG:
                raise
        except DatabaseLost as lost:
            log.warning("database.lost_meanwhile", perhaps_done=lost.perhaps_done)
            if lost.perhaps_done:
                raise PerhapsDone from lost
        await asyncio.sleep(pause)
    return await doing()
