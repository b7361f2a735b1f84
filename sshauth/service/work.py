"""What a worker does, in a process of its own: it serves, as its supervisor orders."""

import asyncio
import json
import sys

import structlog

from sshauth.background import in_background
from sshauth.config import ConfigError, Settings
from sshauth.fault_mails import box_of
from sshauth.ground import StartError, sentence
from sshauth.logs import logging_through
from sshauth.metrics.loop_lag import watch_loop
from sshauth.runtime import House, at_work, open_house
from sshauth.service.event_loop import new_event_loop
from sshauth.service.listening import WaysIn
from sshauth.service.told import Told
from sshauth.service.worker import Answer, Order, Seat, line
from sshauth.ssh.admission import SharedAdmission
from sshauth.ssh.server import Server

log = structlog.get_logger(__name__)


def work(settings: Settings, ways_in: WaysIn, seat: Seat) -> None:
    """Serve in this process until told to stop."""
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        sys.exit(runner.run(_work(settings, ways_in, seat)))


async def _work(settings: Settings, ways_in: WaysIn, seat: Seat) -> int:
    told = Told()
    told.listen_as_worker()
    reader, writer = await asyncio.open_unix_connection(sock=seat.orders)
    faults = box_of(settings)
    with logging_through(seat.log, seat.number, settings.log_level, faults, to_stdout=settings.log_to_stdout):
        try:
            async with open_house(settings) as house:
                admission = SharedAdmission(seat.admission)
                server = house.server(admission)
                with sentence(f"Cannot listen on {settings.ssh_host}:{settings.ssh_port}"):
                    await server.start(ways_in.join(), ways_in.back)
                writer.write(line(Answer.READY))
                beside = [watch_loop(house.meters.loop_lags)] if settings.metrics_listen else []
                async with (
                    at_work(house, settings, faults),
                    in_background(_obey(reader, writer, server, house, told), *beside),
                ):
                    await told.to_stop.wait()
                    await server.drain(settings.drain_seconds, told.at_once)
                await admission.close()
                if settings.metrics_listen:
                    writer.write(_reading(house))
        except (StartError, ConfigError) as error:
            writer.write(line(Answer.FAILED, str(error)))
            await writer.drain()
            return 1
    return 0


async def _obey(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, server: Server, house: House, told: Told
) -> None:
    """Do as the supervisor says. When it is gone, nobody counts any more: stop."""
    try:
        async for said in reader:
            order, *details = json.loads(said)
            if order == Order.DRAIN:
                told.to_stop.set()
            elif order == Order.AT_ONCE:
                told.at_once.set()
            elif order == Order.RELOAD:
                await house.reload(server)
            elif order == Order.REACHED:
                house.reached_by(details[0])
            elif order == Order.READ:
                writer.write(_reading(house))
            else:
                writer.write(line(Answer.PEOPLE, server.people))
    except OSError:
        pass
    if not told.to_stop.is_set():
        log.error("supervisor.gone")
    told.to_stop.set()


def _reading(house: House) -> bytes:
    """Read the meters, as the supervisor wants to hear of them."""
    from sshauth.metrics.process import read_all  # noqa: PLC0415 - needed by who is watched alone

    return line(Answer.READING, read_all(house.meters).as_json())
