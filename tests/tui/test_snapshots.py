"""Pictures of every screen: its text, and a letter for the style of each cell."""

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.accounts.people import ELSEWHERE, PASSWORD, World
from tests.tui import ways
from tests.tui.edges import THROWAWAY_SECRET, BrokenPasswords, use_passwords, use_throwaway_secrets
from tests.tui.rooms import KEY, remember
from tests.tui.screen_text import snapshot_of
from tests.tui.visitor import Visitor, visiting

SIZES = pytest.mark.parametrize("size", [(80, 24), (60, 20)], ids=["80x24", "60x20"])


async def picture_of(visitor: Visitor) -> str:
    """Take a picture once nothing moves any more."""
    await visitor.rests()
    return snapshot_of(visitor.app)


@SIZES
@pytest.mark.parametrize("form", [ways.SIGN_IN, ways.CREATE_ACCOUNT, ways.AUTHENTICATOR])
async def test_a_form_as_it_comes(
    world: World, snapshot: SnapshotAssertion, form: str, size: tuple[int, int]
) -> None:
    """What a new person sees first, also in a small window."""
    use_throwaway_secrets(world)
    async with visiting(world, user_name="ada", size=size) as visitor:
        await ways.go_to(visitor, form)
        assert await picture_of(visitor) == snapshot


@pytest.mark.parametrize("form", [ways.FORGOT, ways.RESET])
async def test_a_form_for_who_forgot_the_password(
    world: World, snapshot: SnapshotAssertion, form: str
) -> None:
    """As it comes from Sign in."""
    async with visiting(world, user_name="ada") as visitor:
        await ways.go_to(visitor, form)
        assert await picture_of(visitor) == snapshot


async def test_forms_full_of_words(world: World, snapshot: SnapshotAssertion) -> None:
    """Each field is empty, and told so."""
    use_throwaway_secrets(world)
    async with visiting(world) as visitor:
        async for form in ways.all_forms(visitor):
            visitor.press(*["enter"] * len(ways.FORMS[form][0]))
            await visitor.is_told(dict.fromkeys(ways.FORMS[form][0], "Please fill this in."))
            assert await picture_of(visitor) == snapshot(name=form)


async def test_sign_in_refused(world: World, snapshot: SnapshotAssertion) -> None:
    """Words about the whole form stand below it."""
    async with visiting(world) as visitor:
        visitor.fill("ada", PASSWORD, "000000")
        await visitor.sees("is wrong")
        assert await picture_of(visitor) == snapshot


async def test_shown_secrets(world: World, snapshot: SnapshotAssertion) -> None:
    """F4 was pressed."""
    async with visiting(world) as visitor:
        await ways.go_to(visitor, ways.CREATE_ACCOUNT)
        visitor.type("\t".join(ways.ADA))
        visitor.press("f4")
        await visitor.shows({"Repeat password": PASSWORD})
        await visitor.sees("Strong")
        assert await picture_of(visitor) == snapshot


@pytest.mark.parametrize(("size", "key"), [((80, 24), "f5"), ((60, 20), "f5"), ((60, 20), "f6")])
async def test_the_secret_and_the_code_alone(
    world: World, snapshot: SnapshotAssertion, size: tuple[int, int], key: str
) -> None:
    """F5 shows the secret, and in a small window F6 the code."""
    use_throwaway_secrets(world)
    async with visiting(world, size=size) as visitor:
        await ways.go_to(visitor, ways.AUTHENTICATOR)
        visitor.press(key)
        assert await picture_of(visitor) == snapshot


async def test_a_window_too_small_for_the_code(world: World, snapshot: SnapshotAssertion) -> None:
    """It says how large it must be."""
    use_throwaway_secrets(world)
    async with visiting(world, size=(36, 18)) as visitor:
        await ways.go_to(visitor, ways.AUTHENTICATOR)
        assert await picture_of(visitor) == snapshot


@pytest.fixture
def _always_the_seventh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask for the same code in each run."""
    monkeypatch.setattr("sshauth.tui.recovery_codes.secrets.choice", lambda _: 7)


@SIZES
@pytest.mark.usefixtures("_always_the_seventh")
async def test_the_address_and_the_recovery_codes(
    world: World, snapshot: SnapshotAssertion, size: tuple[int, int]
) -> None:
    """The rest of registering: the code from the mail, the codes, with words about leaving, the question."""
    world.use(mail_goes_out=True)
    use_throwaway_secrets(world)
    async with visiting(world, size=size) as visitor:
        await ways.go_to(visitor, ways.CREATE_ACCOUNT)
        visitor.fill(*ways.ADA)
        await visitor.comes_to(ways.ADDRESS)
        assert await picture_of(visitor) == snapshot(name="address")
        visitor.press("f5")
        await visitor.sees("Sent again")
        assert await picture_of(visitor) == snapshot(name="sent again")
        visitor.fill(await world.mailed_code())
        await visitor.comes_to(ways.AUTHENTICATOR)
        visitor.fill(ways.code_of(THROWAWAY_SECRET, world))
        await visitor.comes_to(ways.CODES)
        assert await picture_of(visitor) == snapshot(name="codes")
        visitor.press("escape")
        await visitor.sees("Leave all the same?")
        assert await picture_of(visitor) == snapshot(name="leaving")
        visitor.press("f6")
        await ways.asked_for(visitor)
        visitor.fill("0000")
        await visitor.sees("That is not code number 7.")
        assert await picture_of(visitor) == snapshot(name="not that one")


@SIZES
async def test_words_about_a_weak_password(
    world: World, snapshot: SnapshotAssertion, size: tuple[int, int]
) -> None:
    """They may take two lines."""
    async with visiting(world, size=size) as visitor:
        await ways.go_to(visitor, ways.CREATE_ACCOUNT)
        visitor.type("\t".join((*ways.ADA[:4], "passwordpassword")))
        await visitor.sees("Weak")
        assert await picture_of(visitor) == snapshot


@SIZES
async def test_lost_phone(world: World, snapshot: SnapshotAssertion, size: tuple[int, int]) -> None:
    """What to type, and where."""
    async with visiting(world, user_name="ada", size=size) as visitor:
        visitor.press("f6")
        await visitor.sees("recovery codes")
        assert await picture_of(visitor) == snapshot


@SIZES
async def test_words_over_a_screen(world: World, snapshot: SnapshotAssertion, size: tuple[int, int]) -> None:
    """A question before the end, and one moment."""
    async with visiting(world, user_name="ada", size=size) as visitor:
        visitor.app.notice("Still there? In 1 minute you will be signed out. Press any key to stay.")
        await visitor.sees("Still there?")
        assert await picture_of(visitor) == snapshot(name="notice")
        visitor.app.database_lost()
        await visitor.sees("One moment")
        assert await picture_of(visitor) == snapshot(name="one moment")


async def test_signed_out(world: World, snapshot: SnapshotAssertion) -> None:
    """Sign in says so."""
    ada = await world.register()
    async with visiting(world) as visitor:
        visitor.fill("ada", PASSWORD, ada.code())
        await visitor.comes_to(ways.HOME)
        await visitor.click("Sign out")
        await visitor.sees("signed out")
        assert await picture_of(visitor) == snapshot


async def test_something_went_wrong(
    world: World, snapshot: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The incident's number, before the form, which waits behind."""
    monkeypatch.setattr("sshauth.tui.work.secrets.token_hex", lambda _: "0123abcd")
    use_passwords(world, BrokenPasswords(world.passwords))
    async with visiting(world) as visitor:
        visitor.fill("ada", PASSWORD, "000000")
        await visitor.sees("Incident 0123ABCD")
        assert await picture_of(visitor) == snapshot


LARGE_TOO = pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 20)], ids=["120x40", "80x24", "60x20"])


@LARGE_TOO
async def test_sign_in_with_a_key(world: World, snapshot: SnapshotAssertion, size: tuple[int, int]) -> None:
    """One that may be remembered, as the form comes and ticked."""
    async with visiting(world, user_name="ada", key=KEY, size=size) as visitor:
        assert await picture_of(visitor) == snapshot(name="offered")
        visitor.type("\t\t\t ")
        await visitor.sees("Next time")
        assert await picture_of(visitor) == snapshot(name="ticked")


@LARGE_TOO
async def test_sign_in_recognised(world: World, snapshot: SnapshotAssertion, size: tuple[int, int]) -> None:
    """Only the code is asked; the password after all; a wrong code; a key that was removed meanwhile."""
    ada = await world.register()
    await remember(world, ada)
    async with visiting(world, key=KEY, size=size) as visitor:
        assert await picture_of(visitor) == snapshot(name="recognised")
        visitor.press("f5")
        await visitor.focuses("Password")
        assert await picture_of(visitor) == snapshot(name="by password")
        visitor.press("f5")
        visitor.fill(ada.wrong_code())
        await visitor.sees("That code is wrong, or refused for now.")
        assert await picture_of(visitor) == snapshot(name="wrong code")
        (key,) = await world.accounts.ssh_keys.all(ada.identity, ELSEWHERE)
        await world.accounts.ssh_keys.remove(ada.identity, key.id, ELSEWHERE)
        visitor.fill("000000")
        await visitor.sees("no more")
        assert await picture_of(visitor) == snapshot(name="forgotten")
