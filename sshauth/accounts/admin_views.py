"""What administrators see: people, live sessions, processes, the mail queue. No password, code or secret."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts.lookup import canonical_login
from sshauth.accounts.mail_words import ABOUT
from sshauth.db.tables import Authenticator, AuthenticatorReset, OutgoingMail, SessionRow, User

MOST_SHOWN = 500


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account."""

    id: UUID
    user_name: str
    first_name: str
    last_name: str
    email: str
    is_admin: bool
    disabled_at: datetime | None
    created_at: datetime
    last_sign_in_at: datetime | None
    """None also where it was so long ago that nothing is kept of it."""
    live_sessions: int
    authenticators: int
    reset_waits: bool
    """Whether a mailed code waits for the person to set up a new authenticator."""
    is_set_up: bool
    """Not before its person has chosen a password, where an operator made the account."""


@dataclass(frozen=True, slots=True)
class LiveInfo:
    """A live session, and whose it is."""

    id: UUID
    user_id: UUID
    user_name: str
    address: str
    client: str
    node: str
    started_at: datetime
    last_input_at: datetime
    is_this: bool


@dataclass(frozen=True, slots=True)
class NodeLoad:
    """A process that people are connected to."""

    node: str
    sessions: int
    seen_at: datetime
    """When it last said that it is there."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand: how many there are of what administrators look after."""

    people: int
    live_sessions: int
    processes: int
    """Those that people are connected to."""
    mails_waiting: int
    mails_given_up: int


@dataclass(frozen=True, slots=True)
class QueuedMail:
    """A mail that waits, or was given up: what it is about, never what it says."""

    id: int
    about: str
    user_name: str
    """Blank where no account is concerned."""
    created_at: datetime
    due_at: datetime
    tries: int
    dead_at: datetime | None


async def how_things_stand(session: AsyncSession) -> Standing:
    """Count people, sessions and mails."""
    live = SessionRow.ended_at.is_(None)
    # In the order of the fields of a Standing.
    counts = (
        select(func.count()).select_from(User),
        select(func.count()).where(live),
        select(func.count(SessionRow.node.distinct())).where(live),
        select(func.count()).where(OutgoingMail.dead_at.is_(None)),
        select(func.count()).where(OutgoingMail.dead_at.is_not(None)),
    )
    found = await session.execute(select(*(each.scalar_subquery() for each in counts)))
    return Standing(*found.one())


async def find_people(
    session: AsyncSession, search: str, now: datetime, *, by_name: bool = False, limit: int = MOST_SHOWN
) -> tuple[Person, ...]:
    """Give the people of whom a name or the email holds some words; the newest first, or by user name."""
    first = () if by_name else (User.created_at.desc(),)
    rows = await session.execute(
        _people(now).where(*_matches(search)).order_by(*first, User.user_name_canonical).limit(limit)
    )
    return tuple(Person(*row) for row in rows)


async def find_person(session: AsyncSession, user_id: UUID, now: datetime) -> Person | None:
    """Give a person as they are now."""
    row = (await session.execute(_people(now).where(User.id == user_id))).one_or_none()
    return Person(*row) if row is not None else None


def _people(now: datetime) -> Select[*tuple[Any, ...]]:
    live = (
        select(SessionRow.user_id, func.count().label("sessions"))
        .where(SessionRow.ended_at.is_(None))
        .group_by(SessionRow.user_id)
        .subquery()
    )
    last = select(func.max(SessionRow.started_at)).where(SessionRow.user_id == User.id).scalar_subquery()
    authenticators = select(func.count()).where(Authenticator.user_id == User.id).scalar_subquery()
    reset = (
        select(AuthenticatorReset.user_id)
        .where(AuthenticatorReset.user_id == User.id, AuthenticatorReset.expires_at > now)
        .exists()
    )
    # In the order of the fields of a Person.
    return select(
        User.id,
        User.user_name,
        User.first_name,
        User.last_name,
        User.email,
        User.is_admin,
        User.disabled_at,
        User.created_at,
        last,
        func.coalesce(live.c.sessions, 0),
        authenticators,
        reset,
        User.password_hash != "",
    ).outerjoin(live, live.c.user_id == User.id)


def _matches(search: str) -> tuple[ColumnElement[bool], ...]:
    """Look for words in any case. SQLite tells cases apart outside of ASCII: so names are tried in three."""
    words = canonical_login(search)
    if not words:
        return ()
    name = User.first_name + " " + User.last_name
    found = User.user_name_canonical.contains(words, autoescape=True)
    found |= User.email_canonical.contains(words, autoescape=True)
    for spelt in (words, words.title(), words.upper()):
        found |= name.icontains(spelt, autoescape=True)
    return (found,)


async def live_sessions(
    session: AsyncSession, *, this: UUID | None = None, of: UUID | None = None, limit: int = MOST_SHOWN
) -> tuple[LiveInfo, ...]:
    """Give everybody's live sessions, or those of one, the newest first; ``this`` is of who looks."""
    rows = await session.execute(
        select(
            SessionRow.id,
            SessionRow.user_id,
            User.user_name,
            SessionRow.address,
            SessionRow.client,
            SessionRow.node,
            SessionRow.started_at,
            SessionRow.last_input_at,
        )
        .join(User, User.id == SessionRow.user_id)
        .where(SessionRow.ended_at.is_(None), *((SessionRow.user_id == of,) if of else ()))
        .order_by(SessionRow.started_at.desc(), SessionRow.id)
        .limit(limit)
    )
    return tuple(LiveInfo(*row, is_this=row.id == this) for row in rows)


async def load_of_nodes(session: AsyncSession) -> tuple[NodeLoad, ...]:
    """Give the processes in which somebody is, by name, and how many."""
    rows = await session.execute(
        select(SessionRow.node, func.count(), func.max(SessionRow.seen_at))
        .where(SessionRow.ended_at.is_(None))
        .group_by(SessionRow.node)
        .order_by(SessionRow.node)
    )
    return tuple(NodeLoad(*row) for row in rows)


async def queued_mail(session: AsyncSession, *, limit: int = MOST_SHOWN) -> tuple[QueuedMail, ...]:
    """Give the mails that wait, those first that are due first; then those given up, the newest first."""
    rows = await session.execute(
        select(
            OutgoingMail.id,
            OutgoingMail.kind,
            User.user_name,
            OutgoingMail.created_at,
            OutgoingMail.due_at,
            OutgoingMail.tries,
            OutgoingMail.dead_at,
        )
        .outerjoin(User, User.id == OutgoingMail.user_id)
        .order_by(OutgoingMail.dead_at.is_not(None), OutgoingMail.dead_at.desc())
        .order_by(OutgoingMail.due_at, OutgoingMail.id)
        .limit(limit)
    )
    return tuple(
        QueuedMail(
            row.id,
            ABOUT.get(row.kind, row.kind),
            row.user_name or "",
            row.created_at,
            row.due_at,
            row.tries,
            row.dead_at,
        )
        for row in rows
    )
