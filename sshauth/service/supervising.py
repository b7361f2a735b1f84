"""Serving over SSH by many workers. This process serves nobody itself: it loads little, and keeps little."""

import asyncio
from dataclasses import dataclass
from functools import partial

from sshauth.background import in_background
from sshauth.config import Settings
from sshauth.fault_mails import box_of, mail_faults_alone
from sshauth.ground import Ground, Say, StartError, ground, limits_of, log_of, sentence
from sshauth.metrics.reading import Reading, total
from sshauth.service.common import Service
from sshauth.service.listening import Reservation, WaysIn
from sshauth.service.outside import way_from_outside
from sshauth.service.supervisor import Supervisor, WorkersError
from sshauth.service.watched import watched
from sshauth.service.worker import Seat
from sshauth.ssh.limits import Counts

PROGRAM = "sshauth.service.program"
ANSWER_SECONDS = 1.0
"""What workers may take to say how many people are connected."""
READ_EVERY_SECONDS = 5.0


async def serve(settings: Settings, say: Say) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        StartError: something it needs cannot be used.
        ConfigError: the settings do not go together.
    """
    service = Service(settings, say)
    faults = box_of(settings)
    with log_of(settings, faults) as write_line:
        # It loads the program while this process sees to the ground that workers stand on.
        with sentence("Cannot start workers"):
            supervisor = Supervisor(PROGRAM, settings.workers, Counts(limits_of(settings)), write_line)
        async with ground(settings) as below:
            pass
        signs = _Signs(supervisor, service)
        async with way_from_outside(settings, say) as outside, watched(service, signs):
            service.told.listen()
            with service.cannot_listen():
                reservation = None if service.inherited else Reservation(settings.ssh_host, settings.ssh_port)
            service.is_at(reservation.held if reservation else service.inherited)
            places = reservation.places if reservation else []
            await _start(supervisor, service.settings, WaysIn(places, service.inherited, outside.taking))
            async with in_background(
                service.report(partial(_all_answer, supervisor)),
                service.reload(partial(_reload, below, supervisor)),
                mail_faults_alone(faults, settings, below.keys.secret_keys),
                outside.run(supervisor.reached_by),
                *([_keep_reading(supervisor)] if settings.metrics_listen else []),
            ):
                service.is_ready(below)
                await service.told.to_stop.wait()
                outside.rest()
                service.stops(await supervisor.people(ANSWER_SECONDS) or 0)
                await supervisor.drain(settings.drain_seconds, service.told.at_once)


async def _start(supervisor: Supervisor, settings: Settings, ways_in: WaysIn) -> None:
    try:
        await supervisor.start(partial(_work, settings, ways_in))
    except WorkersError as error:
        raise StartError(str(error)) from None


def _work(settings: Settings, ways_in: WaysIn, seat: Seat) -> None:
    """Work, in a worker's process, which has loaded the program before."""
    from sshauth.service.work import work  # noqa: PLC0415 - the supervisor itself needs none of it

    work(settings, ways_in, seat)


async def _reload(below: Ground, supervisor: Supervisor) -> None:
    # Keys that cannot be used are told of once, and not by every worker.
    if await below.host_keys_again() is not None:
        supervisor.reload()


async def _keep_reading(supervisor: Supervisor) -> None:
    """Read the meters now and then: of a worker that dies, what it had counted since is lost."""
    while True:
        await supervisor.read(ANSWER_SECONDS)
        await asyncio.sleep(READ_EVERY_SECONDS)


async def _all_answer(supervisor: Supervisor) -> bool:
    return await supervisor.people(ANSWER_SECONDS) is not None


@dataclass(frozen=True, slots=True)
class _Signs:
    """What a service of many processes knows of itself."""

    supervisor: Supervisor
    service: Service

    @property
    def is_stopping(self) -> bool:
        return self.service.told.to_stop.is_set()

    @property
    def workers(self) -> int:
        return self.supervisor.serving

    @property
    def workers_wanted(self) -> int:
        return self.service.settings.workers

    @property
    def worker_deaths(self) -> int:
        return self.supervisor.deaths

    async def is_well(self) -> bool:
        return await _all_answer(self.supervisor)

    async def read(self) -> Reading:
        from sshauth.metrics.process import reading_of_this_process  # noqa: PLC0415 - as in watched

        return total([await self.supervisor.read(ANSWER_SECONDS), reading_of_this_process()])
