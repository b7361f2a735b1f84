"""A database of any revision with rows in every table, and somebody who can sign in."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pyotp
from argon2 import PasswordHasher
from sqlalchemy import insert
from sqlalchemy.engine import Connection

from sshauth.accounts import totp
from sshauth.accounts.check_values import TOTP_KEYS
from sshauth.accounts.lookup import NOBODY
from sshauth.accounts.vault import Vault
from sshauth.db.backup import shapes_of
from sshauth.db.dump import Kind, Shape
from sshauth.db.engine import Database, open_database
from sshauth.db.migrate import go_to
from tests.accounts.people import CHEAP, PASSWORD
from tests.support.secrets import note

BEGAN = datetime(2026, 3, 1, 12, 0, 15, 123456, tzinfo=UTC)
ADA = uuid.UUID("0190a0de-0000-7000-8000-0000000000ad")
SECRET = pyotp.random_base32(32)
ANY: Mapping[Kind, Any] = {
    Kind.MOMENT: BEGAN, Kind.OBJECT: {"to": 'a "quoted"\n word', "of": [1, None]}, Kind.SWITCH: True,
    Kind.NUMBER: 7, Kind.TEXT: "Zoë \N{SNOWMAN}\\'\"",
}  # fmt: skip
NOT_YET = dict.fromkeys(("disabled_at", "dead_at", "ended_at", "end_reason", "confirmed_at", "theme"))
ADAS = {
    "id": ADA, "user_name": "ada", "user_name_canonical": "ada", "email": "ada@example.org",
    "email_canonical": "ada@example.org", "first_name": "Ada", "last_name": "Lovelace",
    "password_generation": 3,
}  # fmt: skip


async def at_revision(url: str, revision: str, vault: Vault) -> Database:
    """Make a database of a revision, with a row in each table as the code of that time wrote it."""
    database = open_database(url)
    async with database.engine.begin() as connection:
        await connection.run_sync(go_to, revision)
        await connection.run_sync(_fill, vault)
    return database


def _fill(connection: Connection, vault: Vault) -> None:
    note(SECRET, PASSWORD)
    own: Mapping[str, Mapping[str, Any]] = {
        "users": {**ADAS, "password_hash": PasswordHasher.from_parameters(CHEAP).hash(PASSWORD)},
        "authenticators": {
            "secret_encrypted": vault.seal(ADA, SECRET),
            "last_step": totp.step_at(BEGAN),
        },
        "check_values": {"name": TOTP_KEYS, "value": vault.seal(NOBODY, "check value")},
        "pending_registrations": {"id": ADA, "secret_encrypted": vault.seal(ADA, SECRET)},
    }
    for shape in shapes_of(connection):
        connection.execute(insert(shape.table).values(**_row(shape, own.get(shape.name, {}))))


def _row(shape: Shape, own: Mapping[str, Any]) -> dict[str, Any]:
    fixed = {**NOT_YET, "user_id": ADA, "invited_by": ADA, **own}
    return {name: fixed[name] if name in fixed else _any(kind) for name, kind in shape.kinds.items()}


def _any(kind: Kind) -> object:
    return uuid.uuid4() if kind is Kind.ID else ANY[kind]


def code_at(moment: datetime, steps: int = 0) -> str:
    """Read a code off Ada's authenticator."""
    code = pyotp.TOTP(SECRET).generate_otp(totp.step_at(moment) + steps)
    note(code)
    return code
