"""Looks into the database: whether keys, clock, mail and nodes go together with what is there."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from sshauth import keys
from sshauth.accounts.check_values import SECRET_KEY, TOTP_KEYS, Secrets, stored_values
from sshauth.accounts.clock import utc_now
from sshauth.accounts.nodes import host_keys_differ, seen_lately
from sshauth.accounts.vault import Vault, VaultError
from sshauth.config import Settings
from sshauth.db.engine import Database, in_one_sentence
from sshauth.db.tables import AuditEvent, Authenticator, OutgoingMail, PendingRegistration, SessionRow
from sshauth.files import NotPrivateError
from sshauth.operating.doctor.finding import Finding, Findings, hint, in_thread, ok, wrong
from sshauth.operating.tables import counted

KEYS, CLOCK, MAIL, NODES = "Keys", "Clock", "Mail queue", "Nodes"
CLOCK_OFF, CLOCK_WRONG = timedelta(seconds=2), timedelta(seconds=15)
"""From the database's. A code is good for 30 s."""
MAIL_LATE = timedelta(hours=1)
ROWS_AT_ONCE = 100
"""Secrets, of which each takes a twentieth of a millisecond to open."""


async def look_inside(name: str, settings: Settings, database: Database) -> Findings:
    """Look at one thing."""
    with in_one_sentence(database.name):
        return [await LOOKS[name](settings, database)]


async def _keys(settings: Settings, database: Database) -> Finding:
    """See that the keys are those that the database has lived with, and open every sealed secret."""
    known = await stored_values(database)
    async with database.snapshot() as connection:
        sealed = await connection.scalar(select(func.count()).select_from(Authenticator)) or 0
        missing = ", ".join(str(file) for file in keys.key_files(settings) if not file.exists())
        if missing and not (known or sealed):
            return ok(KEYS, f"{missing} not there yet; the first start makes what is missing")
        if missing:
            said = f"{missing} missing, and this database needs it ({counted(sealed, 'authenticator')})"
            return wrong(KEYS, said, "Put your copy there, or set SECRET_KEY and TOTP_KEYS.")
        try:
            own_keys = await in_thread(keys.load, settings)
        except (keys.KeyFileError, NotPrivateError) as error:
            return wrong(KEYS, " ".join(str(error).split()).rstrip("."), "")
        closed = await _closed(connection, Vault(own_keys.totp_keys))
    unfit = Secrets(own_keys.secret_keys, own_keys.totp_keys).wrong(known)
    if closed or TOTP_KEYS in unfit:
        said = (
            "TOTP_KEYS (or totp.key in DATA_DIR) are not those that this database has lived with: "
            f"{counted(closed, 'secret')} will not open"
        )
        return wrong(KEYS, said, "Put the right keys there: nobody of these signs in.")
    if SECRET_KEY in unfit:
        said = "SECRET_KEY (or secret.key in DATA_DIR) is not the one that this database has lived with"
        return wrong(KEYS, said, "Put that back, or, if it is lost, type: sshauth secrets rotate --lost")
    return ok(KEYS, f"they fit, and open {counted(sealed, 'authenticator')}")


async def _closed(connection: AsyncConnection, vault: Vault) -> int:
    """Count what does not open."""
    closed = 0
    for owner, sealed in (
        (Authenticator.user_id, Authenticator.secret_encrypted),
        (PendingRegistration.id, PendingRegistration.secret_encrypted),
    ):
        rows = await connection.stream(select(owner, sealed))
        async for some in rows.partitions(ROWS_AT_ONCE):
            for row in some:
                try:
                    vault.open(row[0], row[1])
                except VaultError:
                    closed += 1
    return closed


async def _clock(_settings: Settings, database: Database) -> Finding:
    """Compare the clock with the database's, and with what was written before."""
    async with database.snapshot() as connection:
        on_postgres = connection.dialect.name == "postgresql"
        theirs = await connection.scalar(select(func.clock_timestamp())) if on_postgres else None
        now = utc_now()
        written = (AuditEvent.at, SessionRow.seen_at)
        newest = [await connection.scalar(select(func.max(column))) for column in written]
    off = abs(theirs - now) if theirs else timedelta()
    if off > CLOCK_OFF:
        said = f"{off.total_seconds():.0f} s away from the database's"
        to_do = "Set the time of both by NTP: codes depend on it."
        return wrong(CLOCK, said, to_do) if off > CLOCK_WRONG else hint(CLOCK, said, to_do)
    last = max((each for each in newest if each is not None), default=now)
    if last > now + CLOCK_WRONG:
        said = f"it is {_time(now)} here, and something was written at {_time(last)}"
        return wrong(CLOCK, said, "Set the time by NTP: this clock, or another node's, is or was wrong.")
    return ok(CLOCK, f"{_time(now)}, as the database has it" if theirs else _time(now))


async def _mail_queue(_settings: Settings, database: Database) -> Finding:
    """See that mail goes out."""
    async with database.snapshot() as connection:
        is_dead = OutgoingMail.dead_at.is_not(None)
        dead = await connection.scalar(select(func.count()).where(is_dead)) or 0
        waiting = await connection.scalar(select(func.count()).where(~is_dead)) or 0
        oldest = await connection.scalar(select(func.min(OutgoingMail.created_at)).where(~is_dead))
    if oldest is not None and oldest < utc_now() - MAIL_LATE:
        said = f"{counted(waiting, 'mail')} waiting, the oldest since {_time(oldest)}"
        return wrong(MAIL, said, "Look why: sshauth mail queue, and the log.")
    if dead:
        return hint(MAIL, f"{counted(dead, 'mail')} given up", "Look at them: sshauth mail queue")
    return ok(MAIL, f"{counted(waiting, 'mail')} waiting")


async def _nodes(_settings: Settings, database: Database) -> Finding:
    """See that all that serve have one host key."""
    there = await seen_lately(database, utc_now())
    if any(host_keys_differ(there[0], other) for other in there[1:]):
        machines = {f"{node.host_key} on {node.machine}": None for node in there}
        said = f"host keys differ: {', '.join(machines)}"
        return wrong(NODES, said, "Give all the same files in HOST_KEYS_DIR: SSH clients warn of the others.")
    on = counted(len({node.machine for node in there}), "machine")
    return ok(NODES, f"{counted(len(there), 'process', 'processes')} serving, on {on}")


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


LOOKS: dict[str, Callable[[Settings, Database], Awaitable[Finding]]] = {
    KEYS: _keys, CLOCK: _clock, MAIL: _mail_queue, NODES: _nodes,
}  # fmt: skip
