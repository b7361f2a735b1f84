"""Remembered SSH keys: whose they are, and how they come and go."""

import asyncio
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from sshauth.accounts.errors import (
    ConfirmationNeeded,
    GoneAway,
    InvalidForm,
    KeyOfAnother,
    NoKey,
    SignInRefused,
    TooManyKeys,
)
from sshauth.accounts.key_rows import MOST_KEYS
from sshauth.accounts.outbox import MailKind
from sshauth.accounts.peer import ProvenKey
from sshauth.accounts.ssh_keys import KeyInfo, Recognised, SSHKeys
from sshauth.db.tables import AuditEvent, SSHKey
from tests.accounts.people import ELSEWHERE, HERE, NEW_PASSWORD, Person, World, with_key
from tests.accounts.tries import look_of

LAPTOP, DESKTOP = with_key(), with_key(number=2)


async def keys_of(person: Person) -> tuple[KeyInfo, ...]:
    return await person.world.accounts.ssh_keys.all(person.identity, HERE)


async def only_one(person: Person) -> uuid.UUID:
    (key,) = await keys_of(person)
    return key.id


async def with_a_key(world: World) -> Person:
    """Register, and have the laptop's key remembered."""
    ada = await world.register()
    await ada.remember(LAPTOP)
    return ada


async def eve(world: World) -> Person:
    return await world.register(user_name="eve", email="eve@example.org")


# Recognising.


async def test_nobody_is_recognised_before_a_key_is_remembered(world: World) -> None:
    """Nor without a key, nor by signing in with one: remembering it is a wish (part 8)."""
    ada = await world.register()
    await ada.sign_in(peer=LAPTOP)
    for peer in (HERE, LAPTOP):
        assert await world.accounts.ssh_keys.recognise(peer) is None
    assert await world.rows(SSHKey) == []


async def test_who_had_their_key_remembered_is_recognised_from_anywhere(world: World) -> None:
    """By that key, and by no other."""
    await with_a_key(world)
    recognise = world.accounts.ssh_keys.recognise
    assert LAPTOP.key is not None
    expected = Recognised("ada", LAPTOP.key.fingerprint)
    assert await recognise(LAPTOP) == await recognise(with_key(ELSEWHERE)) == expected
    assert await recognise(DESKTOP) is None


async def test_nobody_is_recognised_while_the_account_is_disabled(world: World) -> None:
    """The key stays: enabling gives it back."""
    await with_a_key(world)
    await world.disable("ada")
    assert await world.accounts.ssh_keys.recognise(LAPTOP) is None
    await world.enable("ada")
    assert await world.accounts.ssh_keys.recognise(LAPTOP) is not None


# Remembering at sign-in.


async def test_a_key_is_remembered_in_the_transaction_of_the_sign_in(world: World) -> None:
    """Named for its kind and client; never used yet."""
    ada = await world.register()
    at = world.now
    ada.identity = await ada.remember(replace(LAPTOP, client="SSH-2.0-OpenSSH_9.2"))
    (key,) = await world.accounts.ssh_keys.all(ada.identity, LAPTOP)
    assert LAPTOP.key is not None
    assert key == KeyInfo(
        key.id, "ed25519 key by OpenSSH", "ed25519", LAPTOP.key.fingerprint, at, None, is_this=True
    )


async def test_a_refused_sign_in_remembers_nothing(world: World) -> None:
    """Password and code come first (row 19)."""
    ada = await world.register()
    for password, code in (("wrong password", ada.code()), ("correct horse battery", ada.wrong_code())):
        with pytest.raises(SignInRefused):
            await world.accounts.sign_in("ada", password, code, LAPTOP, remember_key=True)
    assert await world.rows(SSHKey) == []
    assert await world.mailed() == []


async def test_remembering_what_cannot_be_remembered_signs_in_all_the_same(world: World) -> None:
    """No key, a key that is remembered already, somebody else's: nothing changes, nobody is mailed."""
    ada = await with_a_key(world)
    bob = await eve(world)
    rows, kinds = await world.rows(SSHKey), await world.kinds_mailed()
    for person, peer in ((ada, HERE), (ada, LAPTOP), (bob, LAPTOP)):
        assert (await person.remember(peer)).user_name == person.user_name
    assert [(row.id, row.user_id) for row in await world.rows(SSHKey)] == [
        (row.id, row.user_id) for row in rows
    ]
    assert await world.kinds_mailed() == kinds


async def test_a_key_that_is_remembered_is_mailed_and_written_down(world: World) -> None:
    """Row 19; the mail shows the fingerprint, the audit log an id that dies with the key (row 21)."""
    ada = await world.register()
    world.mail_waiting.clear()
    await ada.remember(LAPTOP)
    assert world.mail_waiting.is_set()
    assert await world.kinds_mailed() == [MailKind.KEY_ADDED]
    (letter,) = await world.letters()
    assert letter is not None
    assert LAPTOP.key is not None
    words = " ".join(letter.content.text.split())
    for expected in (LAPTOP.key.fingerprint, '"ed25519 key by test"', "remove that key under Keys"):
        assert expected in words
    event = (await world.rows(AuditEvent))[-1]
    assert (event.kind, event.data) == ("key-added", {"key": str(await only_one(ada))})


# Adding.


async def test_adding_needs_a_confirmation_and_a_key(world: World) -> None:
    """Row 19; each refusal has words of its own."""
    ada = await world.register()
    add = world.accounts.ssh_keys.add
    with pytest.raises(ConfirmationNeeded):
        await add(ada.identity, LAPTOP)
    await ada.confirm_it_is_me()
    with pytest.raises(NoKey, match="No key was shown"):
        await add(ada.identity, HERE)
    assert await keys_of(ada) == ()
    await add(ada.identity, LAPTOP)
    assert (await world.kinds_mailed(), (await world.audited())[-1]) == ([MailKind.KEY_ADDED], "key-added")


async def test_adding_twice_adds_once(world: World) -> None:
    """Also at once."""
    ada = await world.register()
    await ada.confirm_it_is_me()
    add = world.accounts.ssh_keys.add
    await asyncio.gather(*(add(ada.identity, LAPTOP) for _ in range(3)))
    assert len(await keys_of(ada)) == 1
    assert await world.kinds_mailed() == [MailKind.KEY_ADDED]


async def test_a_key_belongs_to_one_account(world: World) -> None:
    """Of two that add it at once one gets it, and the other is told."""
    people = [await world.register(), await eve(world)]
    for person in people:
        await person.confirm_it_is_me()
    add = world.accounts.ssh_keys.add
    looks = await asyncio.gather(*(look_of(add(person.identity, LAPTOP)) for person in people))
    assert Counter(look.kind for look in looks) == {"good": 1, "KeyOfAnother": 1}
    (row,) = await world.rows(SSHKey)
    winner = people[[look.kind for look in looks].index("good")]
    assert row.user_id == winner.identity.user_id
    assert await world.kinds_mailed() == [MailKind.KEY_ADDED]
    (loser,) = [person for person in people if person is not winner]
    with pytest.raises(KeyOfAnother, match="another account"):
        await add(loser.identity, LAPTOP)


async def test_a_key_that_its_account_forgot_can_become_another_s(world: World) -> None:
    """Removed there first, as the words say."""
    ada, other = await with_a_key(world), await eve(world)
    await other.confirm_it_is_me()
    await world.accounts.ssh_keys.remove(ada.identity, await only_one(ada), HERE)
    await world.accounts.ssh_keys.add(other.identity, LAPTOP)
    assert await world.accounts.ssh_keys.recognise(LAPTOP) == Recognised(
        "eve", (await keys_of(other))[0].fingerprint
    )


async def test_an_account_has_twenty_keys_at_most(world: World) -> None:
    """Also where two more come at once; a sign-in goes on without."""
    assert MOST_KEYS == 20
    ada = await world.register()
    await ada.confirm_it_is_me()
    add = world.accounts.ssh_keys.add
    for number in range(19):
        await add(ada.identity, with_key(number=number))
    looks = await asyncio.gather(
        *(look_of(add(ada.identity, with_key(number=number))) for number in (50, 51))
    )
    assert Counter(look.kind for look in looks) == {"good": 1, "TooManyKeys": 1}
    with pytest.raises(TooManyKeys, match="You have 20 keys already"):
        await add(ada.identity, with_key(number=60))
    await ada.remember(with_key(number=60))
    assert len(await keys_of(ada)) == 20


# Looking, renaming, removing.


async def test_the_list_shows_the_oldest_first_and_which_is_in_use(world: World) -> None:
    """Of all kinds, as people say them; nobody else's are in it."""
    ada, other = await with_a_key(world), await eve(world)
    rsa = replace(HERE, key=ProvenKey("ssh-rsa 3072", "SHA256:rsa"))
    await ada.remember(rsa)
    await other.remember(DESKTOP)
    listed = await world.accounts.ssh_keys.all(ada.identity, rsa)
    assert [(key.kind, key.is_this) for key in listed] == [("ed25519", False), ("RSA 3072", True)]
    assert [key.is_this for key in await keys_of(ada)] == [False, False]


async def test_a_key_is_renamed(world: World) -> None:
    """It takes no confirmation, and is written down."""
    ada = await with_a_key(world)
    await world.accounts.ssh_keys.rename(ada.identity, await only_one(ada), " Ada's laptop ", HERE)
    assert [key.name for key in await keys_of(ada)] == ["Ada's laptop"]
    event = (await world.rows(AuditEvent))[-1]
    assert (event.kind, event.data) == ("key-renamed", {"key": str(await only_one(ada))})


@pytest.mark.parametrize("name", ["", " ", "x" * 33, "laptop\u202e", "a\u200bb", "\x1b[2J"])
async def test_its_name_is_shown_as_it_is_or_refused(world: World, name: str) -> None:
    """Row 26: nothing that hides or turns text."""
    ada = await with_a_key(world)
    with pytest.raises(InvalidForm) as refused:
        await world.accounts.ssh_keys.rename(ada.identity, await only_one(ada), name, HERE)
    assert set(refused.value.problems) == {"name"}
    assert [key.name for key in await keys_of(ada)] == ["ed25519 key by test"]


async def test_a_removed_key_is_nobody_s(world: World) -> None:
    """Without a confirmation: it only takes away. Written down, and mailed to nobody."""
    ada = await with_a_key(world)
    key_id, kinds = await only_one(ada), await world.kinds_mailed()
    await world.accounts.ssh_keys.remove(ada.identity, key_id, HERE)
    assert await world.accounts.ssh_keys.recognise(LAPTOP) is None
    assert await keys_of(ada) == ()
    event = (await world.rows(AuditEvent))[-1]
    assert (event.kind, event.data) == ("key-removed", {"key": str(key_id)})
    assert await world.kinds_mailed() == kinds


Change = Callable[[SSHKeys, Person, uuid.UUID], Awaitable[None]]
CHANGES = [
    pytest.param(lambda keys, person, key_id: keys.remove(person.identity, key_id, HERE), id="remove"),
    pytest.param(lambda keys, person, key_id: keys.rename(person.identity, key_id, "x", HERE), id="rename"),
]


@pytest.mark.parametrize("change", CHANGES)
async def test_what_is_not_there_is_neither_renamed_nor_removed(world: World, change: Change) -> None:
    """Nor is somebody else's, nor in a session that has ended."""
    ada, other = await with_a_key(world), await eve(world)
    theirs, keys = await only_one(ada), world.accounts.ssh_keys
    for person, key_id in ((ada, uuid.uuid4()), (other, theirs)):
        with pytest.raises(GoneAway):
            await change(keys, person, key_id)
    await world.accounts.sessions.end(ada.identity, ada.identity.session_id, HERE)
    with pytest.raises(GoneAway):
        await change(keys, ada, theirs)
    with pytest.raises(GoneAway):
        await keys.add(ada.identity, DESKTOP)
    assert [row.name for row in await world.rows(SSHKey)] == ["ed25519 key by test"]


# What becomes of keys when something else changes.


@pytest.mark.parametrize("forget", [True, False])
async def test_a_new_password_forgets_the_keys_unless_it_shall_not(world: World, forget: bool) -> None:
    """Row 17: all of them, in the same transaction; the mail says so. Nobody else's."""
    ada, other = await with_a_key(world), await eve(world)
    await ada.remember(DESKTOP)
    await other.remember(with_key(number=3))
    await ada.confirm_it_is_me()
    await world.accounts.security.change_password(
        ada.identity, NEW_PASSWORD, NEW_PASSWORD, HERE, forget_keys=forget
    )
    assert (await world.accounts.ssh_keys.recognise(LAPTOP) is None) is forget
    assert len(await keys_of(ada)) == (0 if forget else 2)
    assert len(await keys_of(other)) == 1
    letter = (await world.letters())[-1]
    assert letter is not None
    words = " ".join(letter.content.text.split())
    assert ("2 SSH keys were forgotten" in words) is forget
    assert ("2 SSH keys were kept" in words) is not forget
    event = (await world.rows(AuditEvent))[-1]
    assert (event.kind, event.data) == ("password-changed", {"keys_forgotten": 2 if forget else 0})


async def test_a_reset_always_forgets_the_keys(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row 15: whoever had the old password may have had one remembered. A refused one forgets none."""
    monkeypatch.setattr("sshauth.accounts.reset.ANSWER_AFTER", timedelta(0))
    ada = await with_a_key(world)
    await world.accounts.reset.request("ada", HERE)
    code = await world.mailed_code()
    await look_of(ada.reset(code, code=ada.wrong_code()))
    assert await world.accounts.ssh_keys.recognise(LAPTOP) is not None
    await ada.reset(code)
    assert await world.accounts.ssh_keys.recognise(LAPTOP) is None
    letter = (await world.letters())[-1]
    assert letter is not None
    assert "1 SSH key was forgotten" in " ".join(letter.content.text.split())


async def test_deleting_the_account_frees_its_keys(world: World) -> None:
    """No row of them is left, and no event that names one."""
    ada = await with_a_key(world)
    await ada.confirm_it_is_me()
    await world.accounts.security.delete_account(ada.identity, "ada", HERE)
    assert await world.rows(SSHKey) == []
    assert LAPTOP.key is not None
    assert not [row for row in await world.rows(AuditEvent) if LAPTOP.key.fingerprint in str(row.data)]
