"""What of secrets stands in a terminal's history, and that nobody leaves it there unasked."""

import pytest

from sshauth.plain.traces import Traces
from tests.accounts.people import PASSWORD, Person, World
from tests.plain.guest import CTRL_C, CTRL_D, Guest, visiting
from tests.plain.test_register import CLEAR
from tests.support.secrets import note

RECOVERY = "0123-4567-89AB-CDEF-GHJK-MNPQ"
MAILED = "ABCD-EFGH-JKMN-PQRS"
CLEAR_IT = "Secrets were shown or typed. Clear this screen and what was scrolled off it? yes or no [no]: "


@pytest.mark.parametrize(
    ("line", "for_code", "is_one"),
    [
        (RECOVERY, False, True),
        (MAILED, False, True),
        (f"My code is {MAILED}.", False, True),
        (RECOVERY.lower().replace("-", " "), True, True),
        (MAILED.lower().replace("-", ""), True, True),
        (MAILED.lower().replace("-", ""), False, False),
        ("123456", True, False),
        ("ada", False, False),
        ("", True, False),
    ],
)
def test_codes_that_are_good_for_long_are_known_by_their_form(
    line: str, for_code: bool, is_one: bool
) -> None:
    """Wherever they are typed; where no code is asked for, a word of small letters is none."""
    traces = Traces()
    traces.typed(line, for_code=for_code)
    assert bool(traces) is is_one


def test_of_what_was_typed_only_hashes_are_kept() -> None:
    """Nobody reads a code out of the memory of a visit."""
    traces = Traces()
    traces.typed(RECOVERY)
    assert RECOVERY not in str(vars(traces))
    assert RECOVERY.replace("-", "") not in str(vars(traces))


def test_a_code_that_was_used_up_is_a_secret_no_more() -> None:
    """However it was written; others, and what was shown, are."""
    traces = Traces()
    traces.typed(RECOVERY)
    traces.typed(MAILED)
    traces.used_up(RECOVERY.lower().replace("-", " "))
    assert traces
    traces.used_up(MAILED)
    assert not traces
    traces.leave()
    traces.used_up(MAILED)
    traces.used_up("123456")
    assert traces
    traces.clear()
    assert not traces


async def tries(guest: Guest, login: str, password: str, code: str) -> None:
    """Answer the questions of signing in."""
    note(password)
    await guest.hears("User name or email")
    await guest.answers(": ", login)
    await guest.hears("Password")
    await guest.answers(": ", password)
    await guest.answers("Code: ", code)


async def wrong_password_beside(guest: Guest, ada: Person) -> None:
    """Type a recovery code beside a wrong password, and sign in by the app then."""
    await guest.chooses("s")
    await tries(guest, "ada", "wrong password", ada.recovery_codes[0])
    await guest.hears("Error: User name, password or code is wrong.")
    await tries(guest, "", PASSWORD, ada.code())
    await guest.hears("Menu:")


@pytest.mark.parametrize("way", ["l\r", CTRL_D])
async def test_a_recovery_code_beside_a_wrong_password_is_offered_to_be_cleared(
    world: World, way: str
) -> None:
    """It is good still, and stands there for all to read: so they are asked before they leave."""
    ada = await world.register()
    async with visiting(world) as guest:
        await wrong_password_beside(guest, ada)
        guest.type(way)
        await guest.answers(CLEAR_IT, "yes")
        await guest.hears(f"{CLEAR}Cleared.")
        assert await guest.ends() == ("Goodbye Ada. Less than a minute, nothing left running.", 0)


@pytest.mark.parametrize("key", [CTRL_C, CTRL_D])
async def test_who_does_not_answer_leaves(world: World, key: str) -> None:
    """Nothing is cleared."""
    ada = await world.register()
    async with visiting(world) as guest:
        await wrong_password_beside(guest, ada)
        guest.type(CTRL_D)
        await guest.hears(CLEAR_IT)
        guest.type(key)
        assert (await guest.ends())[1] == 0
        assert CLEAR not in guest.all_said


async def test_who_cannot_be_asked_is_told(world: World) -> None:
    """On a terminal that knows no codes, and when something else ends the visit."""
    ada = await world.register()
    async with visiting(world, knows_codes=False) as guest:
        await wrong_password_beside(guest, ada)
        guest.type(CTRL_D)
        await guest.hears("What was secret stands in your terminal's history. Clear it there, or close its")
        assert (await guest.ends())[0].startswith("Goodbye Ada.")
    world.wait(30)
    async with visiting(world) as guest:
        await wrong_password_beside(guest, ada)
        guest.app.server_stops("The server stops.")
        words, _ = await guest.ends()
        assert words.startswith("What was secret stands in your terminal's history.")
        assert words.endswith("when you are done. The server stops.")


async def test_while_the_database_is_away_nobody_is_asked(world: World) -> None:
    """No answer is taken then: they leave, and are told."""
    ada = await world.register()
    async with visiting(world) as guest:
        await wrong_password_beside(guest, ada)
        guest.app.database_lost()
        words, status = await guest.leaves()
        assert (words.startswith("What was secret stands"), status) == (True, 0)


async def test_a_recovery_code_that_signed_in_is_worth_nothing_any_more(world: World) -> None:
    """Nobody is asked."""
    ada = await world.register()
    async with visiting(world) as guest:
        await guest.chooses("s")
        await tries(guest, "ada", "wrong password", ada.recovery_codes[0])
        await guest.hears("Error: User name, password or code is wrong.")
        await tries(guest, "", PASSWORD, ada.recovery_codes[0])
        await guest.hears("Menu:")
        assert (await guest.leaves())[0].startswith("Goodbye Ada.")


@pytest.mark.parametrize(
    ("typed", "is_asked"),
    [
        ("correct horse battery staple", True),
        (RECOVERY, True),
        ("f&x9!", True),
        ("ada", False),
        ("ada@example.org", False),
    ],
)
async def test_what_is_no_name_may_be_a_password(world: World, typed: str, is_asked: bool) -> None:
    """Typed where the name is asked for, and so for all to read."""
    async with visiting(world) as guest:
        await guest.chooses("s")
        await guest.answers("User name or email: ", typed)
        await guest.hears("Password: " if typed != RECOVERY else ": ")
        guest.type(CTRL_D)
        if is_asked:
            await guest.answers(CLEAR_IT, "no")
        assert await guest.ends() == ("Goodbye.", 0)


@pytest.mark.parametrize("where", ["menu", "name", "half a question"])
async def test_a_code_is_one_wherever_it_is_typed(world: World, where: str) -> None:
    """Also where no code is asked for, and where nobody pressed Enter behind it."""
    async with visiting(world) as guest:
        if where == "menu":
            await guest.chooses(RECOVERY)
            await guest.hears("Error: Type a number")
        else:
            await guest.chooses("s" if where == "half a question" else "c")
            await guest.hears("User name or email: " if where == "half a question" else "First name: ")
            guest.type(RECOVERY if where == "half a question" else f"{RECOVERY}\r")
            await guest.until(guest.is_read, "the reading")
        guest.type(CTRL_D)
        await guest.answers(CLEAR_IT, "no")
        assert await guest.ends() == ("Goodbye.", 0)
