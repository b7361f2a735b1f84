"""Serving over SSH by this process alone."""

from dataclasses import dataclass
from functools import partial

from sshauth.background import in_background
from sshauth.config import Settings
from sshauth.fault_mails import box_of
from sshauth.ground import Say, limits_of, log_of
from sshauth.metrics.loop_lag import watch_loop
from sshauth.metrics.reading import Reading
from sshauth.runtime import House, at_work, open_house
from sshauth.service.common import Service
from sshauth.service.listening import bind_alone
from sshauth.service.outside import way_from_outside
from sshauth.service.watched import watched
from sshauth.ssh.admission import OwnAdmission
from sshauth.ssh.limits import Counts


async def serve(settings: Settings, say: Say) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        StartError: something it needs cannot be used.
        ConfigError: the settings do not go together.
    """
    service = Service(settings, say)
    faults = box_of(settings)
    with log_of(settings, faults):
        async with open_house(settings) as house, way_from_outside(settings, say) as outside:
            server = house.server(OwnAdmission(Counts(limits_of(settings))))
            service.told.listen()
            with service.cannot_listen():
                sockets = service.inherited or bind_alone(settings.ssh_host, settings.ssh_port)
                service.is_at(sockets)
                await server.start(sockets, outside.taking)
            beside = [
                service.report(_is_well),
                service.reload(partial(house.reload, server)),
                outside.run(house.reached_by),
            ]
            if settings.metrics_listen:
                beside.append(watch_loop(house.meters.loop_lags))
            async with (
                watched(service, _Signs(house, service)),
                at_work(house, service.settings, faults),
                in_background(*beside),
            ):
                service.is_ready(house.ground)
                await service.told.to_stop.wait()
                outside.rest()
                service.stops(server.people)
                await server.drain(settings.drain_seconds, service.told.at_once)


async def _is_well() -> bool:
    return True  # the event loop runs, or this would not


@dataclass(frozen=True, slots=True)
class _Signs:
    """What a service of one process knows of itself."""

    house: House
    service: Service
    workers = workers_wanted = 1
    worker_deaths = 0

    @property
    def is_stopping(self) -> bool:
        return self.service.told.to_stop.is_set()

    async def is_well(self) -> bool:
        return await _is_well()

    async def read(self) -> Reading:
        from sshauth.metrics.process import read_all  # noqa: PLC0415 - needed by who is watched alone

        return read_all(self.house.meters)
