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
from sshauth.db.tables import SessionRow, User
from tests.accounts.people import HERE, NEW_PASSWORD, PASSWORD, Person, World, form
from tests.support.far_world import Far, far

__all__ = ["far"]

Do = Callable[[World, Person, str], Awaitable[object]]


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


async def sign_in(_world: World, ada: Person, _name: str) -> object:
    return await ada.sign_in()


async def change_password(world: World, ada: Person, _name: str) -> None:
    await world.accounts.security.change_password(ada.identity, NEW_PASSWORD, NEW_PASSWORD, HERE)


async def begin_to_register(world: World, _ada: Person, name: str) -> object:
    new = form(user_name=f"{name}x", email=f"{name}x@example.org")
    return await world.accounts.registration.begin(new, HERE)


async def ask_for_reset(world: World, ada: Person, _name: str) -> None:
    await world.accounts.reset.request(ada.user_name, HERE)


async def end_others(world: World, ada: Person, _name: str) -> object:
    return await world.accounts.sessions.end_others(ada.identity, HERE)


DOING: dict[str, Do] = {
    each.__name__: each for each in (sign_in, change_password, begin_to_register, ask_for_reset, end_others)
}


@pytest.mark.parametrize("do", DOING.values(), ids=DOING)
async def test_it_is_done_once_or_the_person_is_told(
    far: Far, do: Do, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only at the end of a transaction nobody knows; whatever was told, they can go on."""
    monkeypatch.setattr(again, "PAUSES", (0.0,) * len(PAUSES))
    world, number, told = far.world, 0, dict[int, str]()
    while True:
        number += 1
        name = f"ada{number}"
        ada = await world.register(user_name=name, email=f"{name}@example.org")
        await ada.confirm_it_is_me()
        with lost_at(far, number) as passed:
            try:
                await again_if_lost(partial(do, world, ada, name))
            except AccountError as error:
                told[number] = type(error).__name__
        if len(passed) < number:
            break
        if number in told:
            assert (told[number], passed[number - 1]) == (PerhapsDone.__name__, "COMMIT")
        world.wait(3600)
        password = NEW_PASSWORD if do is change_password and number not in told else PASSWORD
        if number not in told or do is not change_password:
            await ada.sign_in(password=password)
    assert number > 4
    live = [row for row in await world.rows(SessionRow) if row.user_id == ada.identity.user_id]
    assert len(await world.rows(User)) == number
    assert len(live) <= 2
