"""Confirming who is there before a sensitive change (row 19)."""

import asyncio
from collections import Counter
from collections.abc import Callable

import pytest

from sshauth.accounts.confirmation import require_confirmation, require_live
from sshauth.accounts.errors import (
    AccountError,
    Busy,
    ClockOff,
    CodeAlreadyUsed,
    ConfirmationNeeded,
    GoneAway,
    SignInRefused,
    TooManyTries,
)
from sshauth.accounts.outbox import MailKind
from sshauth.accounts.peer import Identity, Peer
from sshauth.db.tables import Authenticator, RecoveryCode
from tests.accounts.people import ELSEWHERE, HERE, PASSWORD, Person, World
from tests.accounts.tries import hasten, look_of, statements_of


@pytest.fixture
async def ada(world: World) -> Person:
    """Give somebody who is signed in."""
    hasten(world)
    return await world.register()


async def confirm(
    ada: Person, *, password: str = PASSWORD, code: str | None = None, identity: Identity | None = None,
    peer: Peer = HERE,
) -> None:  # fmt: skip
    """Confirm, rightly unless told otherwise."""
    code = ada.code() if code is None else code
    await ada.world.accounts.confirmation(identity or ada.identity, password, code, peer)


async def may_change(world: World, identity: Identity) -> bool:
    """Ask what every sensitive change asks."""
    async with world.database.transaction() as session:
        try:
            user = await require_confirmation(session, identity, world.now)
        except ConfirmationNeeded:
            return False
    assert user.id == identity.user_id
    return True


async def test_signing_in_or_registering_confirms_nothing(world: World, ada: Person) -> None:
    """Each sensitive change asks once more, also at once."""
    assert not await may_change(world, ada.identity)
    identity = await ada.sign_in()
    assert not await may_change(world, identity)
    assert not await world.accounts.confirmation.is_recent(identity)


async def test_a_confirmation_is_good_for_five_minutes(world: World, ada: Person) -> None:
    """To the second; and another one begins them anew."""
    world.mail_waiting.clear()
    await confirm(ada)
    assert world.mail_waiting.is_set()
    for seconds, good in ((0, True), (299, True), (1, False)):
        world.wait(seconds)
        assert await may_change(world, ada.identity) == good
        assert await world.accounts.confirmation.is_recent(ada.identity) == good
    await confirm(ada)
    assert await may_change(world, ada.identity)
    assert (await world.audited())[-2:] == ["confirmed", "confirmed"]


async def test_a_confirmation_is_good_in_its_session_alone(world: World, ada: Person) -> None:
    """Another session of the same person, or somebody else's, asks for itself."""
    second = await ada.sign_in(peer=ELSEWHERE)
    world.wait(30)
    eve = await world.register(user_name="eve", email="eve@example.org")
    await confirm(ada)
    assert await may_change(world, ada.identity)
    for identity in (second, eve.identity):
        assert not await may_change(world, identity)
        assert not await world.accounts.confirmation.is_recent(identity)


@pytest.mark.parametrize("reason", ["ended", "deleted"])
async def test_a_session_that_is_over_changes_nothing(world: World, ada: Person, reason: str) -> None:
    """However recently it confirmed."""
    await confirm(ada)
    if reason == "ended":
        await world.accounts.sessions.end(ada.identity, ada.identity.session_id, HERE)
    else:
        await world.accounts.security.delete_account(ada.identity, "ada", HERE)
    async with world.database.transaction() as session:
        with pytest.raises(GoneAway):
            await require_confirmation(session, ada.identity, world.now)
        with pytest.raises(GoneAway):
            await require_live(session, ada.identity)
    assert not await world.accounts.confirmation.is_recent(ada.identity)


async def test_a_session_that_is_over_confirms_nothing(world: World, ada: Person) -> None:
    """Nor does it use anything up; but the try counts, for it may be somebody else's."""
    await world.accounts.sessions.end(ada.identity, ada.identity.session_id, HERE)
    (before,) = await world.rows(Authenticator)
    for code in (ada.code(), ada.recovery_codes[0], ada.code()):
        with pytest.raises(GoneAway):
            await confirm(ada, code=code)
    (after,) = await world.rows(Authenticator)
    assert after.last_step == before.last_step
    assert len(await world.rows(RecoveryCode)) == 10
    assert await world.mailed() == []
    with pytest.raises(TooManyTries):
        await ada.sign_in()


Spoil = Callable[[Person], dict[str, str]]


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lambda _: {"password": "wrong password"}, SignInRefused),
        (lambda ada: {"code": ada.wrong_code()}, SignInRefused),
        (lambda ada: {"code": ada.code(-1)}, CodeAlreadyUsed),
        (lambda ada: {"code": ada.code(5)}, ClockOff),
        (lambda ada: {"password": "wrong password", "code": ada.code(5)}, SignInRefused),
        (lambda _: {"code": "0000-0000-0000-0000-0000-0000"}, SignInRefused),
    ],
)
async def test_what_does_not_sign_in_does_not_confirm(
    world: World, ada: Person, spoil: Spoil, expected: type[AccountError]
) -> None:
    """The same judge, and the same words."""
    with pytest.raises(expected):
        await world.accounts.confirmation(
            ada.identity, **({"password": PASSWORD, "code": ada.code()} | spoil(ada)), peer=HERE
        )
    assert not await may_change(world, ada.identity)
    assert "confirmed" not in await world.audited()


async def test_the_code_of_a_confirmation_is_used_up(world: World, ada: Person) -> None:
    """Row 8: neither confirms nor signs in again; nor does one that signed in confirm."""
    await confirm(ada)
    for attempt in (confirm(ada), ada.sign_in()):
        with pytest.raises(CodeAlreadyUsed):
            await attempt
    world.wait(30)
    await ada.sign_in()
    with pytest.raises(CodeAlreadyUsed):
        await confirm(ada)


async def test_a_recovery_code_confirms_and_is_burnt(world: World, ada: Person) -> None:
    """For who lost the phone while signed in; it is mailed."""
    await confirm(ada, code=ada.recovery_codes[0])
    assert await may_change(world, ada.identity)
    assert await world.kinds_mailed() == [MailKind.RECOVERY_CODE_USED]
    with pytest.raises(SignInRefused):
        await confirm(ada, code=ada.recovery_codes[0])


async def test_of_three_confirmations_at_once_with_one_code_one_succeeds(ada: Person) -> None:
    """One conditional UPDATE decides here too."""
    code = ada.code()
    looks = await asyncio.gather(*(look_of(confirm(ada, code=code)) for _ in range(3)))
    assert Counter(look.kind for look in looks) == {"good": 1, "CodeAlreadyUsed": 2}


async def test_confirming_shares_the_counters_of_signing_in(world: World, ada: Person) -> None:
    """What must never happen: another path with other limits."""
    for attempt in (
        confirm(ada, code="000000"),
        ada.sign_in(code="000000"),
        confirm(ada, password="wrong password"),
    ):
        with pytest.raises(SignInRefused):
            await attempt
    for attempt in (confirm(ada), ada.sign_in(), ada.sign_in(login="ada@example.org")):
        with pytest.raises(TooManyTries, match=r"Too many failed sign-ins. Try again in 1 s\."):
            await attempt
    world.wait(1)
    await confirm(ada)


async def test_wrong_codes_of_both_are_counted_together_and_mailed(world: World, ada: Person) -> None:
    """Row 10: five in a quarter of an hour, whichever the door."""
    for number in range(5):
        with pytest.raises(SignInRefused):
            await (ada.sign_in(code="000000") if number % 2 else confirm(ada, code="000000"))
        world.wait(30)
    assert await world.kinds_mailed() == [MailKind.WRONG_CODES, MailKind.CODES_USED_UP]
    with pytest.raises(SignInRefused):
        await confirm(ada)


async def test_a_confirmation_from_a_new_address_waits_with_strangers(ada: Person) -> None:
    """Whoever moved with a laptop is an unknown source until they sign in there."""
    for _ in range(3):
        with pytest.raises(SignInRefused):
            await confirm(ada, code="000000", peer=ELSEWHERE)
    with pytest.raises(TooManyTries):
        await confirm(ada, peer=ELSEWHERE)
    await confirm(ada)


async def test_a_disabled_account_confirms_nothing(world: World, ada: Person) -> None:
    """Also in the moment before its session is told."""
    await world.disable("ada")
    with pytest.raises(SignInRefused):
        await confirm(ada)


async def test_a_deleted_account_confirms_nothing(world: World, ada: Person) -> None:
    """Like a name that nobody has."""
    await confirm(ada)
    await world.accounts.security.delete_account(ada.identity, "ada", HERE)
    world.wait(30)
    with pytest.raises(SignInRefused):
        await confirm(ada)


async def test_a_confirmation_that_waits_too_long_counts_nothing(
    ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row 4."""
    monkeypatch.setattr("sshauth.accounts.passwords.LONGEST_WAIT", -1.0)
    for _ in range(4):
        with pytest.raises(Busy):
            await confirm(ada)
    monkeypatch.undo()
    await confirm(ada)


async def test_the_database_is_asked_the_same_whatever_is_wrong(world: World, ada: Person) -> None:
    """Row 5 holds here too: a thief at an open terminal learns nothing from time."""
    asked = []
    for password, code in (
        (PASSWORD, "000000"),
        ("wrong password", "000000"),
        ("wrong password", ada.code()),
    ):
        with statements_of(world.database) as statements:
            await look_of(confirm(ada, password=password, code=code))
        asked.append(statements)
        world.wait(60)
    assert asked[0] == asked[1] == asked[2]
