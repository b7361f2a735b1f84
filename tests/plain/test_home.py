"""What a signed-in person can do line by line."""

import pytest
from sqlalchemy import delete

from sshauth.accounts import recovery_codes
from sshauth.accounts.peer import Peer, ProvenKey
from sshauth.db.tables import RecoveryCode
from tests.accounts.people import NEW_PASSWORD, PASSWORD, Person, World
from tests.plain.guest import ADDRESS, CTRL_C, Guest, visiting
from tests.plain.test_register import code_of
from tests.support.secrets import note

KEY = ProvenKey("ssh-ed25519", "SHA256:" + "A" * 43)


async def comes_home(guest: Guest, world: World) -> Person:
    """Sign somebody in who has just registered elsewhere."""
    ada = await world.register()
    await guest.signs_in(ada)
    world.wait(30)
    return ada


async def confirms(guest: Guest, ada: Person) -> None:
    """Give password and code once more."""
    await guest.hears("First confirm that it is you")
    await guest.answers("Password: ", PASSWORD)
    await guest.answers("Code: ", ada.code())
    ada.world.wait(30)


@pytest.mark.parametrize(
    ("left", "words"),
    [(4, ""), (3, "only 3 recovery codes are left"), (1, "only 1 recovery code is left"), (0, "no recovery")],
)
async def test_few_recovery_codes_are_warned_of(world: World, left: int, words: str) -> None:
    """Three and fewer."""
    ada = await world.register()
    async with world.database.transaction() as session:
        gone = [recovery_codes.hash_of(code) for code in ada.recovery_codes[left:]]
        await session.execute(delete(RecoveryCode).where(RecoveryCode.code_hash.in_(gone)))
    async with visiting(world) as guest:
        await guest.signs_in(ada)
        heard = await guest.hears("Menu:")
        assert (f"Warning: {words}" in heard) if words else ("recovery codes are left" not in heard)


async def test_who_came_in_by_a_recovery_code_hears_how_many_are_left(world: World) -> None:
    """Also where there are many still."""
    ada = await world.register()
    async with visiting(world) as guest:
        await guest.signs_in(ada, code=ada.recovery_codes[0])
        await guest.hears("You came in by a recovery code: 9 are left.")


async def test_a_clock_that_is_ahead_is_warned_of(world: World) -> None:
    """Before codes are refused for it."""
    ada = await world.register()
    async with visiting(world) as guest:
        await guest.signs_in(ada, code=ada.code(1))
        await guest.hears("Warning: your phone's clock is a little ahead.")


async def test_one_session_is_ended_and_then_all_others(world: World) -> None:
    """Each is read out, with when and from where."""
    async with visiting(world) as guest:
        ada = await comes_home(guest, world)
        others = [await ada.sign_in_elsewhere() for _ in range(3)]
        await guest.chooses("s")
        heard = await guest.hears("End which one? A number, all, or none [none]: ")
        assert "This session: from 192.0.2.1 by test, started 1 March 2026" in heard
        assert "3: from 198.51.100.7" in heard
        assert "4: from 192.0.2.1" in heard
        guest.type("7\r")
        await guest.hears("Error: Type a number from 1 to 4, all, or none.")
        await guest.answers("[none]: ", "1")
        await guest.hears("Ended.")
        await guest.answers("[none]: ", "all")
        await guest.hears("3 sessions ended.")
        await guest.hears("No other session is live.")
        assert [len(await each.told()) for each in others] == [1, 1, 1]


async def test_who_ends_no_session_comes_back(world: World) -> None:
    """By an empty answer."""
    async with visiting(world) as guest:
        ada = await comes_home(guest, world)
        await ada.sign_in_elsewhere()
        await guest.chooses("s")
        await guest.answers("[none]: ", "")
        await guest.hears("Your choice (m for the menu): ")


async def test_activity_is_read_out_the_newest_first(world: World) -> None:
    """The last twenty."""
    async with visiting(world) as guest:
        ada = await comes_home(guest, world)
        for _ in range(20):
            await ada.sign_in()
            world.wait(30)
        await guest.chooses("a")
        heard = await guest.hears("These were the last 20.")
        lines = heard.strip().splitlines()[1:-1]
        assert len(lines) == 20
        assert lines[0].startswith("just now: Signed in, from 192.0.2.1 by test. 1 March 2026, 12:1")


async def test_the_password_is_changed_after_a_confirmation(world: World) -> None:
    """What is not accepted is asked again; other sessions end."""
    async with visiting(world) as guest:
        ada = await comes_home(guest, world)
        note(NEW_PASSWORD)
        await guest.chooses("p")
        await guest.hears("First confirm that it is you")
        await guest.answers("Password: ", "wrong password")
        await guest.answers("Code: ", ada.code())
        await guest.hears("Error: Password or code is wrong.")
        await guest.answers("Password [Enter for the one you typed]: ", PASSWORD)
        world.wait(30)
        await guest.answers("Code: ", ada.code())
        await guest.answers("New password: ", PASSWORD)
        await guest.answers("New password once more: ", PASSWORD)
        await guest.hears("Error: New password: That is your password already.")
        await guest.answers("New password: ", NEW_PASSWORD)
        await guest.answers("New password once more: ", NEW_PASSWORD)
        await guest.hears("Password changed. Your other sessions are ended.\r\n")
        world.wait(30)
        await ada.sign_in(password=NEW_PASSWORD)


@pytest.mark.parametrize(("answer", "forgotten"), [("", True), ("no", False)])
async def test_remembered_keys_are_forgotten_unless_one_says_no(
    world: World, answer: str, forgotten: bool
) -> None:
    """Whoever knew the password may have had one remembered."""
    async with visiting(world) as guest:
        ada = await comes_home(guest, world)
        there = Peer(ADDRESS, key=KEY)
        identity = await ada.remember(there)
        note(NEW_PASSWORD)
        await guest.chooses("p")
        await confirms(guest, ada)
        await guest.answers("New password: ", NEW_PASSWORD)
        await guest.answers("New password once more: ", NEW_PASSWORD)
        await guest.answers("Forget your remembered keys too? yes or no [yes]: ", answer)
        heard = await guest.hears("Your choice")
        assert ("Your keys are forgotten." in heard) is forgotten
        assert bool(await world.accounts.ssh_keys.all(identity, there)) is not forgotten


async def test_a_confirmation_that_runs_out_meanwhile_is_asked_for_again(world: World) -> None:
    """What was typed is kept."""
    async with visiting(world) as guest:
        ada = await comes_home(guest, world)
        note(NEW_PASSWORD)
        await guest.chooses("p")
        await confirms(guest, ada)
        await guest.answers("New password: ", NEW_PASSWORD)
        await guest.hears("New password once more: ")
        world.wait(600)
        guest.type(f"{NEW_PASSWORD}\r")
        await confirms(guest, ada)
        await guest.answers("New password [Enter for the one you typed]: ", "")
        await guest.hears("Password changed.")


async def test_new_recovery_codes_are_made_and_kept(world: World) -> None:
    """For who means it; the old ones die."""
    async with visiting(world) as guest:
        ada = await comes_home(guest, world)
        await guest.chooses("r")
        await guest.answers("Make new codes? yes or no [no]: ", "")
        await guest.chooses("r")
        await guest.answers("Make new codes? yes or no [no]: ", "yes")
        await confirms(guest, ada)
        codes = await guest.keeps_codes()
        assert set(codes.values()).isdisjoint(ada.recovery_codes)
        await guest.answers("Clear this screen", "")
        await ada.sign_in(code=codes["1"])


async def test_a_new_phone_takes_the_place_of_the_old_one(world: World) -> None:
    """From its first code on."""
    async with visiting(world) as guest:
        ada = await comes_home(guest, world)
        await guest.chooses("n")
        await confirms(guest, ada)
        secret = await guest.writes_secret_down()
        guest.type(f"{code_of(secret, world)}\r")
        await guest.hears("The new authenticator counts from now on, and the old one no more.")
        await guest.answers("Clear this screen", "")
        world.wait(30)
        await ada.sign_in(code=code_of(secret, world))


async def test_of_two_authenticators_one_is_chosen(world: World) -> None:
    """By its number."""
    async with visiting(world) as guest:
        ada = await comes_home(guest, world)
        await ada.confirm_it_is_me()
        authenticators = world.accounts.authenticators
        enrolment = await authenticators.begin(ada.identity)
        note(enrolment.secret)
        await authenticators.add(
            ada.identity, enrolment, "Tablet", code_of(enrolment.secret, world), Peer(ADDRESS)
        )
        world.wait(30)
    async with visiting(world) as guest:
        await guest.signs_in(ada)
        world.wait(30)
        await guest.chooses("n")
        await guest.hears("2: Tablet")
        await guest.answers("Replace which one?: ", "3")
        await guest.hears("Error: Type a number from 1 to 2.")
        await guest.answers("Replace which one?: ", "2")
        await confirms(guest, ada)
        secret = await guest.writes_secret_down()
        guest.type(f"{code_of(secret, world)}\r")
        await guest.hears("The new authenticator counts from now on")


async def test_a_change_that_is_cancelled_leads_to_the_menu(world: World) -> None:
    """And changes nothing."""
    async with visiting(world) as guest:
        await comes_home(guest, world)
        await guest.chooses("p")
        await guest.hears("Password: ")
        guest.type(CTRL_C)
        await guest.hears("Back to the menu.")
        await guest.hears("Your choice (m for the menu): ")


async def test_what_is_gone_meanwhile_is_said(world: World) -> None:
    """A session that has ended by itself, for instance."""
    async with visiting(world) as guest:
        ada = await comes_home(guest, world)
        other = await ada.sign_in_elsewhere()
        await guest.chooses("s")
        await guest.hears("[none]: ")
        await world.accounts.sessions.end(ada.identity, other.identity.session_id, Peer(ADDRESS))
        guest.type("1\r")
        await guest.hears("Error: That is not there any more.")
        await guest.hears("Your choice (m for the menu): ")
