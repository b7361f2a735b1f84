"""Serving over SSH by this process alone."""

from functools import partial

from sshauth.background import in_background
from sshauth.config import Settings
from sshauth.ground import Say, limits_of, log_of
from sshauth.runtime import at_work, open_house
from sshauth.service.common import Service
from sshauth.service.listening import bind_alone
from sshauth.ssh.admission import OwnAdmission
from sshauth.ssh.limits import Counts


async def serve(settings: Settings, say: Say) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        StartError: something it needs cannot be used.
        ConfigError: the settings do not go together.
    """
    service = Service(settings, say)
    with log_of(settings):
        async with open_house(settings) as house:
            server = house.server(OwnAdmission(Counts(limits_of(settings))))
            service.told.listen()
            with service.cannot_listen():
                sockets = service.inherited or bind_alone(settings.ssh_host, settings.ssh_port)
                service.is_at(sockets)
                await server.start(sockets)
            beside = service.report(_is_well), service.reload(partial(house.reload, server))
            async with at_work(house, service.settings), in_background(*beside):
                service.is_ready(house.ground)
                await service.told.to_stop.wait()
                service.stops(server.people)
                await server.drain(settings.drain_seconds, service.told.at_once)


async def _is_well() -> bool:
    return True  # the event loop runs, or this would not
