"""Serving over SSH by many workers. This process serves nobody itself: it loads little, and keeps little."""

from collections.abc import Sequence
from functools import partial
from socket import socket

from sshauth.background import in_background
from sshauth.config import Settings
from sshauth.ground import Ground, Say, StartError, ground, limits_of, log_of, sentence
from sshauth.service.common import Service
from sshauth.service.listening import Place, Reservation
from sshauth.service.supervisor import Supervisor, WorkersError
from sshauth.service.worker import Seat
from sshauth.ssh.limits import Counts

PROGRAM = "sshauth.service.program"
ANSWER_SECONDS = 1.0
"""What workers may take to say how many people are connected."""


async def serve(settings: Settings, say: Say) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        StartError: something it needs cannot be used.
        ConfigError: the settings do not go together.
    """
    service = Service(settings, say)
    with log_of(settings) as write_line:
        # It loads the program while this process sees to the ground that workers stand on.
        with sentence("Cannot start workers"):
            supervisor = Supervisor(PROGRAM, settings.workers, Counts(limits_of(settings)), write_line)
        async with ground(settings) as below:
            pass
        service.told.listen()
        with service.cannot_listen():
            reservation = None if service.inherited else Reservation(settings.ssh_host, settings.ssh_port)
        service.is_at(reservation.held if reservation else service.inherited)
        places = reservation.places if reservation else []
        try:
            await supervisor.start(partial(_work, service.settings, places, service.inherited))
        except WorkersError as error:
            raise StartError(str(error)) from None
        async with in_background(
            service.report(partial(_all_answer, supervisor)),
            service.reload(partial(_reload, below, supervisor)),
        ):
            service.is_ready(below)
            await service.told.to_stop.wait()
            service.stops(await supervisor.people(ANSWER_SECONDS) or 0)
            await supervisor.drain(settings.drain_seconds, service.told.at_once)


def _work(settings: Settings, places: Sequence[Place], inherited: Sequence[socket], seat: Seat) -> None:
    """Work, in a worker's process, which has loaded the program before."""
    from sshauth.service.work import work  # noqa: PLC0415 - the supervisor itself needs none of it

    work(settings, places, inherited, seat)


async def _reload(below: Ground, supervisor: Supervisor) -> None:
    # Keys that cannot be used are told of once, and not by every worker.
    if await below.host_keys_again() is not None:
        supervisor.reload()


async def _all_answer(supervisor: Supervisor) -> bool:
    return await supervisor.people(ANSWER_SECONDS) is not None
