"""Being watched by programs, at METRICS_LISTEN."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import structlog

from sshauth.accounts.clock import utc_now
from sshauth.db.engine import open_database
from sshauth.greeting import is_loopback
from sshauth.ground import sentence
from sshauth.service.common import Service
from sshauth.service.listening import bind_alone

if TYPE_CHECKING:
    from sshauth.metrics.telling import Signs

log = structlog.get_logger(__name__)


@asynccontextmanager
async def watched(service: Service, signs: "Signs") -> AsyncIterator[None]:
    """Tell programs how the service is, until the end, if its settings say so.

    Raises:
        StartError: nothing can listen there.
    """
    address = service.settings.metrics_address
    if address is None:
        yield
        return
    # Most are not watched, and it takes 50 ms.
    from sshauth.metrics.database import DatabaseLook  # noqa: PLC0415
    from sshauth.metrics.http import WebServer  # noqa: PLC0415
    from sshauth.metrics.telling import Telling  # noqa: PLC0415

    with sentence(f"Cannot listen on METRICS_LISTEN ({service.settings.metrics_listen})"):
        sockets = bind_alone(*address)
        look = DatabaseLook(open_database(service.settings.database))
    if not is_loopback(address[0]):
        log.warning("metrics.open", address=address[0], port=address[1])
    web = WebServer(Telling(signs, look, utc_now).pages)
    await web.start(sockets)
    try:
        yield
    finally:
        await web.close()
        await look.close()
