"""The engine of Postgres: how its URL is read, and lines to it that do not stay dead for long."""

import socket
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

CONNECT_SECONDS = 10
PORT = 5432
KEEPALIVE = ((socket.TCP_KEEPIDLE, 10), (socket.TCP_KEEPINTVL, 5), (socket.TCP_KEEPCNT, 3))
"""Lines to a machine that is gone are found dead by the system, within half a minute, idle or not."""


def postgres_engine(url: str) -> AsyncEngine:
    """Make an engine. Nothing is connected yet."""
    dsn = asyncpg_dsn(url)

    async def connect() -> asyncpg.Connection:
        connection = await asyncpg.connect(dsn, timeout=CONNECT_SECONDS)
        _keep_alive(connection._transport.get_extra_info("socket"))  # noqa: SLF001 - there is no public way
        return connection

    return create_async_engine(
        "postgresql+asyncpg://", async_creator=connect, hide_parameters=True, pool_pre_ping=True
    )


def place_of(url: str) -> str:
    """Say which database it is and where, without the password."""
    parts = urlsplit(url)
    hosts = [f"{host.hostname or 'localhost'}:{host.port or PORT}" for host in _hosts(parts)]
    return f"{parts.path.lstrip('/')} at {', '.join(hosts)}"


def asyncpg_dsn(url: str) -> str:
    """Turn a Postgres URL into one that asyncpg reads itself, ``sslmode`` and ``sslrootcert`` included.

    SQLAlchemy would hand ``sslmode`` on as an argument that asyncpg does not have. ``channel_binding``,
    which some hosts add for libpq, would be taken for a server setting. Of several hosts the one is wanted
    that takes changes.
    """
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    query.pop("channel_binding", None)
    if len(_hosts(parts)) > 1:
        query.setdefault("target_session_attrs", "read-write")
    return urlunsplit(("postgresql", parts.netloc, parts.path, urlencode(query), ""))


def _hosts(parts: SplitResult) -> list[SplitResult]:
    return [urlsplit(f"//{host}") for host in parts.netloc.rpartition("@")[2].split(",")]


def _keep_alive(line: socket.socket) -> None:
    if line.family != socket.AF_UNIX:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in KEEPALIVE:
            line.setsockopt(socket.IPPROTO_TCP, option, value)
