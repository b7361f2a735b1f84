"""Postgres lost at each statement of what people do: it is done once, or the person is told to look."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event

from sshauth.accounts import again
from sshauth.accounts.again import PAUSES, again_if_lost
from sshauth.accounts.errors import AccountError, PerhapsDone
from sshauth.db.tables import AuditEvent, OutgoingMail, PendingRegistration, ResetRequest, SessionRow, User
from tests.accounts.people import HERE, NEW_PASSWORD, PASSWORD, Person, World
from tests.support.far_world import Far, far

__all__ = ["far"]

# Hundreds of rounds, and what they run is measured where it runs once.
pytestmark = pytest.mark.no_cover

Doing = Callable[[], Awaitable[object]]
Prepare = Callable[[World, Person, str], Awaitable[Doing]]
"""Gives what is to be done when all that it needs is there."""


@contextmanager
def lost_at(far: Far, number: int) -> Iterator[list[str]]:
    """Lose all connections right before a statement, or the end of a transaction; give what came by."""
    passed: list[str] = []
    engine = far.world.database.engine.sync_engine

    def before(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        passed.append(statement)
        if len(passed) == number:
            far.line.break_all()

    def before_commit(_connection: Any) -> None:
        before(None, None, "COMMIT")

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "commit", before_commit)
    yield passed
    event.remove(engine, "before_cursor_execute", before)
    event.remove(engine, "commit", before_commit)


@contextmanager
def answer_lost_at(far: Far, number: int) -> Iterator[list[str]]:
    """Lose the answer to a COMMIT, which comes through; give those that were sent."""
    sent: list[str] = []

    def before_commit(_connection: Any) -> None:
        sent.append("COMMIT")
        if len(sent) == number:
            far.line.lose_next_answer()

    engine = far.world.database.engine.sync_engine
    event.listen(engine, "commit", before_commit)
    yield sent
    event.remove(engine, "commit", before_commit)


async def sign_in(_world: World, ada: Person, _name: str) -> Doing:
    return ada.sign_in


async def sign_in_by_recovery_code(_world: World, ada: Person, _name: str) -> Doing:
    return partial(ada.sign_in, code=ada.recovery_codes[0])


async def confirm_it_is_me(world: World, ada: Person, _name: str) -> Doing:
    return partial(world.accounts.confirmation, ada.identity, PASSWORD, ada.code(), HERE)


async def change_password(world: World, ada: Person, _name: str) -> Doing:
    return partial(world.accounts.security.change_password, ada.identity, NEW_PASSWORD, NEW_PASSWORD, HERE)


async def begin_to_register(world: World, _ada: Person, name: str) -> Doing:
    return partial(world.enrol, user_name=f"{name}x", email=f"{name}x@example.org")


async def finish_registration(world: World, _ada: Person, name: str) -> Doing:
    enrolment = await world.enrol(user_name=f"{name}x", email=f"{name}x@example.org")
    return partial(world.accounts.registration.confirm, enrolment, Person(world, enrolment).code(), HERE)


async def ask_for_reset(world: World, ada: Person, _name: str) -> Doing:
    return partial(world.accounts.reset.request, ada.user_name, HERE)


async def reset_password(world: World, ada: Person, _name: str) -> Doing:
    await world.accounts.reset.request(ada.user_name, HERE)
    return partial(ada.reset, await world.mailed_code())


async def end_others(world: World, ada: Person, _name: str) -> Doing:
    return partial(world.accounts.sessions.end_others, ada.identity, HERE)


ALL: tuple[Prepare, ...] = (
    sign_in,
    sign_in_by_recovery_code,
    confirm_it_is_me,
    change_password,
    begin_to_register,
    finish_registration,
    ask_for_reset,
    reset_password,
    end_others,
)
EACH_STATEMENT = [each for each in ALL if each is not sign_in_by_recovery_code]
"""But for what is the same as another in all but one statement: each takes dozens of rounds."""
whatever_they_do = pytest.mark.parametrize("prepare", ALL, ids=lambda prepare: prepare.__name__)


async def told_of(doing: Doing) -> str:
    """Do something as screens do, and name what the person is told, if anything."""
    try:
        await again_if_lost(doing)
    except AccountError as error:
        return type(error).__name__
    return ""


async def somebody_who(prepare: Prepare, world: World, number: int) -> tuple[Person, Doing]:
    """Register one more person, who is about to do something."""
    name = f"ada{number}"
    ada = await world.register(user_name=name, email=f"{name}@example.org")
    await ada.confirm_it_is_me()
    return ada, await prepare(world, ada, name)


@pytest.mark.parametrize("prepare", EACH_STATEMENT, ids=lambda prepare: prepare.__name__)
async def test_it_is_done_once_or_the_person_is_told(
    far: Far, prepare: Prepare, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only at the end of a transaction nobody knows; whatever was told, they can go on."""
    monkeypatch.setattr(again, "PAUSES", (0.0,) * len(PAUSES))
    world, number, told = far.world, 0, dict[int, str]()
    while True:
        number += 1
        ada, doing = await somebody_who(prepare, world, number)
        with lost_at(far, number) as passed:
            words = await told_of(doing)
        if len(passed) < number:
            break
        if words:
            told[number] = words
            assert (words, passed[number - 1]) == (PerhapsDone.__name__, "COMMIT")
            world.wait(3600)
            if prepare not in {change_password, reset_password}:
                await ada.sign_in()
    assert words == ""
    assert number > 4
    live = [row for row in await world.rows(SessionRow) if row.user_id == ada.identity.user_id]
    registered = number - len(told) if prepare is finish_registration else 0
    assert len(await world.rows(User)) == number + registered
    assert len(live) <= 2


async def made_of(world: World) -> dict[str, int]:
    """Count what people's doings leave behind."""
    tables = (User, SessionRow, AuditEvent, OutgoingMail, PendingRegistration, ResetRequest)
    return {table.__tablename__: len(await world.rows(table)) for table in tables}


@whatever_they_do
async def test_what_came_through_is_not_done_twice_and_reads_as_no_mistake_of_the_person(
    far: Far, prepare: Prepare, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A code that was used up by what nobody heard the end of is not called wrong."""
    monkeypatch.setattr(again, "PAUSES", (0.0,) * len(PAUSES))
    world, number, made = far.world, 0, list[dict[str, int]]()
    while True:
        number += 1
        _ada, doing = await somebody_who(prepare, world, number)
        before = await made_of(world)
        with answer_lost_at(far, number) as sent:
            words = await told_of(doing)
        after = await made_of(world)
        made.append({table: after[table] - before[table] for table in after})
        if len(sent) < number:
            break
        assert words == PerhapsDone.__name__
    assert words == ""
    assert number > 1
    # Losing the last answer of all leaves as much behind as losing none.
    assert made[-2] == made[-1]
