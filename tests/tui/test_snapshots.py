"""Pictures of every screen of a stranger: its text, and a letter for the style of each cell."""

from types import SimpleNamespace

import pytest
from syrupy.assertion import SnapshotAssertion

from sshauth.accounts.entrance import Entrance
from sshauth.tui.themes import CONTRAST, LIGHT
from tests.accounts.inviting import use_entrance
from tests.accounts.operators import make
from tests.accounts.people import ELSEWHERE, PASSWORD, World
from tests.tui import ways
from tests.tui.edges import (
    THROWAWAY_CODES,
    THROWAWAY_SECRET,
    BrokenPasswords,
    HeldPasswords,
    use_passwords,
    use_throwaway_secrets,
)
from tests.tui.pictures import SIZES, SMALL, USUAL, looks, pictures_of
from tests.tui.rooms import KEY, remember, rests
from tests.tui.visitor import visiting

LONG = ("Twenty_characters_20", "u" * 32)
"""The longest names of an app and of a person: their QR code is the largest."""
MOTD = "Maintenance on Sunday from 6:00 to 8:00 UTC.\n\nQuestions: ops@example.org"


# As they come


async def test_forms_as_they_come(world: World, snapshot: SnapshotAssertion) -> None:
    """What a new person sees first, whose SSH user name is known."""
    use_throwaway_secrets(world)
    async with visiting(world, user_name="ada") as visitor:
        async for form in ways.all_forms(visitor):
            await looks(visitor, snapshot, form)


async def test_forms_full_of_words(world: World, snapshot: SnapshotAssertion) -> None:
    """Each field is empty, and told so."""
    use_throwaway_secrets(world)
    async with visiting(world) as visitor:
        async for form in ways.all_forms(visitor):
            visitor.press(*["enter"] * len(ways.FORMS[form][0]))
            await visitor.is_told(dict.fromkeys(ways.FORMS[form][0], "Please fill this in."))
            await looks(visitor, snapshot, form)


async def test_the_operators_words(world: World, snapshot: SnapshotAssertion) -> None:
    """Below the word mark, or in its place."""
    for name, motd in (("few", MOTD), ("many", "\n".join(f"Rule {number}" for number in range(1, 21)))):
        async with visiting(world, motd=motd) as visitor:
            await looks(visitor, snapshot, name)


async def test_other_colours(world: World, snapshot: SnapshotAssertion) -> None:
    """The other themes, with a field that is wrong."""
    async with visiting(world) as visitor:
        visitor.press(*["enter"] * 3)
        await visitor.sees("fill this in")
        for theme in (LIGHT, CONTRAST):
            visitor.app.theme = theme
            await looks(visitor, snapshot, theme, USUAL)


# Sign in


async def test_sign_in(world: World, snapshot: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch) -> None:
    """Words about the whole form stand below it."""
    monkeypatch.setattr("sshauth.tui.speaking.time", SimpleNamespace(monotonic=lambda: 0.0))
    async with visiting(world, user_name="ada") as visitor:
        visitor.press("f6")
        await visitor.sees("recovery codes")
        await looks(visitor, snapshot, "lost phone")
        visitor.press("f4")
        visitor.type(f"{PASSWORD}\t000000")
        await visitor.sees("F4 Hide")
        await looks(visitor, snapshot, "shown secrets")
        visitor.press("enter")
        await visitor.sees("is wrong")
        await looks(visitor, snapshot, "wrong")
        for _ in range(3):
            visitor.press("enter")
            await visitor.rests()
            await rests(visitor)
        await visitor.sees("again in")
        await looks(visitor, snapshot, "wait")


async def test_sign_in_with_a_key(world: World, snapshot: SnapshotAssertion) -> None:
    """One that may be remembered, as the form comes and ticked."""
    async with visiting(world, user_name="ada", key=KEY) as visitor:
        await looks(visitor, snapshot, "offered")
        visitor.type("\t\t ")
        await visitor.sees("Next time")
        await looks(visitor, snapshot, "ticked")


async def test_sign_in_recognised(world: World, snapshot: SnapshotAssertion) -> None:
    """Only the code is asked; the password after all; a wrong code; a key that was removed meanwhile."""
    ada = await world.register()
    await remember(world, ada)
    async with visiting(world, key=KEY) as visitor:
        await looks(visitor, snapshot, "recognised")
        visitor.press("f5")
        await visitor.focuses("Password")
        await looks(visitor, snapshot, "by password")
        visitor.press("f5")
        visitor.fill(ada.wrong_code())
        await visitor.sees("That code is wrong, or refused for now.")
        await looks(visitor, snapshot, "wrong code")
        (key,) = await world.accounts.ssh_keys.all(ada.identity, ELSEWHERE)
        await world.accounts.ssh_keys.remove(ada.identity, key.id, ELSEWHERE)
        visitor.fill("000000")
        await visitor.sees("no more")
        await looks(visitor, snapshot, "forgotten")


async def test_signed_out(world: World, snapshot: SnapshotAssertion) -> None:
    """Sign in says so."""
    ada = await world.register()
    async with visiting(world) as visitor:
        visitor.fill("ada", PASSWORD, ada.code())
        await visitor.comes_to(ways.HOME)
        visitor.press("ctrl+o")
        await visitor.sees("signed out")
        await looks(visitor, snapshot, "signed out")


# Registering


async def test_create_account(world: World, snapshot: SnapshotAssertion) -> None:
    """What is said while the form is filled: names, advice about passwords, which may take two lines."""
    ada = ways.ADA
    async with visiting(world) as visitor:
        await ways.go_to(visitor, ways.CREATE_ACCOUNT)
        visitor.type("\t".join((*ada[:3], "ada@", "passwordpassword")))
        for words in ("That name is free.", "Weak"):
            await visitor.sees(words)
        await looks(visitor, snapshot, "weak")
        visitor.press("ctrl+u")
        visitor.type(f"{PASSWORD}\t{PASSWORD}")
        visitor.press("f4")
        await visitor.shows({"Repeat password": PASSWORD})
        for words in ("Strong", "Both are the same."):
            await visitor.sees(words)
        await looks(visitor, snapshot, "shown secrets")


async def test_create_account_by_invitation(world: World, snapshot: SnapshotAssertion) -> None:
    """The invitation comes first; each field is told of; a wrong one is said beside it."""
    use_entrance(world, Entrance.INVITE)
    async with visiting(world, user_name="ada") as visitor:
        await ways.go_to(visitor, ways.CREATE_ACCOUNT)
        await looks(visitor, snapshot, "as it comes")
        visitor.press(*["enter"] * 7)
        fields = ("Invitation", *ways.FORMS[ways.CREATE_ACCOUNT][0])
        await visitor.is_told(dict.fromkeys(fields, "Please fill this in."))
        await looks(visitor, snapshot, "told")
        visitor.fill("AAAA-BBBB-CCCC-DDDD", *ways.ADA)
        await visitor.sees("That invitation is wrong")
        await looks(visitor, snapshot, "wrong")


async def test_where_nobody_creates_an_account(world: World, snapshot: SnapshotAssertion) -> None:
    """Whom to ask is said, and by the help."""
    use_entrance(world, Entrance.CLOSED)
    async with visiting(world) as visitor:
        await looks(visitor, snapshot, "sign in")
        visitor.press("f1")
        await visitor.comes_to(f"Help: {ways.SIGN_IN}")
        await looks(visitor, snapshot, "help")


async def test_set_up_your_account(world: World, snapshot: SnapshotAssertion) -> None:
    """Names and a password for an account that an operator made, with advice and faults."""
    made = await make(world)
    async with visiting(world, user_name="grace") as visitor:
        visitor.fill("", made.code)
        await visitor.comes_to("Set up your account")
        await looks(visitor, snapshot, "as it comes")
        visitor.press(*["enter"] * 4)
        await visitor.until(lambda: len(visitor.words) == 4, "words beside all fields")
        await looks(visitor, snapshot, "told")
        visitor.type("Grace\tHopper\tgrace@example.org")
        await visitor.sees("Weak")
        await looks(visitor, snapshot, "weak")


async def test_authenticator(world: World, snapshot: SnapshotAssertion) -> None:
    """The secret in the place of the code, and the code alone; a code that is wrong."""
    use_throwaway_secrets(world)
    async with visiting(world) as visitor:
        await ways.go_to(visitor, ways.AUTHENTICATOR)
        visitor.press("f5")
        await visitor.sees("by hand")
        await looks(visitor, snapshot, "by hand")
        visitor.press("f7")
        await visitor.sees("clipboard")
        await looks(visitor, snapshot, "copied")
        visitor.press("f5")
        visitor.fill("000000")
        await visitor.sees("clock")
        await looks(visitor, snapshot, "wrong code")
        await visitor.resize(*SMALL)
        visitor.press("f6")
        await visitor.sees("F6 Type the code")
        await looks(visitor, snapshot, "alone", SMALL)


async def test_the_largest_code(world: World, snapshot: SnapshotAssertion) -> None:
    """It says how large a window must be where it does not fit."""
    app_name, user_name = LONG
    world.use(app_name=app_name)
    use_throwaway_secrets(world)
    async with visiting(world, app_name=app_name) as visitor:
        await ways.go_to(visitor, ways.CREATE_ACCOUNT)
        visitor.fill(*ways.ADA[:2], user_name, *ways.ADA[3:])
        await visitor.comes_to(ways.AUTHENTICATOR)
        await looks(visitor, snapshot, "largest")


async def test_a_terminal_that_draws_no_code(world: World, snapshot: SnapshotAssertion) -> None:
    """What to type by hand stands there at once."""
    use_throwaway_secrets(world)
    async with visiting(world, draws_qr=False) as visitor:
        await ways.go_to(visitor, ways.AUTHENTICATOR)
        await looks(visitor, snapshot, "no code")


async def test_the_address_and_the_recovery_codes(
    world: World, snapshot: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest of registering: the code from the mail, the codes, with words about leaving, the question."""
    monkeypatch.setattr("sshauth.tui.recovery_codes.secrets.choice", lambda _: 7)
    world.use(mail_goes_out=True)
    use_throwaway_secrets(world)
    async with visiting(world) as visitor:
        await ways.go_to(visitor, ways.CREATE_ACCOUNT)
        visitor.fill(*ways.ADA)
        await visitor.comes_to(ways.ADDRESS)
        await looks(visitor, snapshot, "address")
        visitor.press("f5")
        await visitor.sees("Sent again")
        await looks(visitor, snapshot, "sent again")
        visitor.fill("AAAA-BBBB-CCCC-DDDD")
        await visitor.until(lambda: visitor.words != {}, "words about a wrong code")
        await looks(visitor, snapshot, "wrong code")
        visitor.fill(await world.mailed_code())
        await visitor.comes_to(ways.AUTHENTICATOR)
        visitor.fill(ways.code_of(THROWAWAY_SECRET, world))
        await visitor.comes_to(ways.CODES)
        await looks(visitor, snapshot, "codes")
        visitor.press("escape")
        await visitor.sees("Leave all the same?")
        await looks(visitor, snapshot, "leaving")
        visitor.press("f6")
        await ways.asked_for(visitor)
        await looks(visitor, snapshot, "question")
        visitor.fill(THROWAWAY_CODES[1])
        await visitor.sees("That is not code number 7.")
        await looks(visitor, snapshot, "not that one")


# Forgetting


async def test_reset(world: World, snapshot: SnapshotAssertion) -> None:
    """The code is on its way; what was typed is wrong."""
    world.use(mail_goes_out=True)
    async with visiting(world, user_name="ada") as visitor:
        await ways.go_to(visitor, ways.FORGOT)
        visitor.press("enter")
        await visitor.comes_to(ways.RESET)
        await looks(visitor, snapshot, "on its way")
        visitor.fill("AAAA-BBBB-CCCC-DDDD", "000000", PASSWORD, PASSWORD)
        await visitor.until(lambda: "Reset code" in visitor.words, "words about a wrong code")
        await looks(visitor, snapshot, "wrong code")


# Over the screens


async def test_a_window_that_is_too_small(world: World, snapshot: SnapshotAssertion) -> None:
    """It says how large it must be."""
    async with visiting(world) as visitor:
        await looks(visitor, snapshot, "too small", (59, 24), (36, 18), (20, 5))


async def test_work_that_takes_time(world: World, snapshot: SnapshotAssertion) -> None:
    """It is said."""
    passwords = HeldPasswords(world.passwords)
    use_passwords(world, passwords)
    async with visiting(world) as visitor:
        visitor.fill("ada", PASSWORD, "000000")
        await visitor.sees("One moment")
        assert await pictures_of(visitor, *SIZES) == snapshot
        passwords.go_on.set()


async def test_something_went_wrong(
    world: World, snapshot: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The incident's number, before the form, which waits behind."""
    monkeypatch.setattr("sshauth.tui.work.secrets.token_hex", lambda _: "0123abcd")
    use_passwords(world, BrokenPasswords(world.passwords))
    async with visiting(world) as visitor:
        visitor.fill("ada", PASSWORD, "000000")
        await visitor.sees("Incident 0123ABCD")
        await looks(visitor, snapshot, "problem")


async def test_help(world: World, snapshot: SnapshotAssertion) -> None:
    """What a form is for, and its keys."""
    async with visiting(world, user_name="ada") as visitor:
        for form in (ways.SIGN_IN, ways.CREATE_ACCOUNT):
            await ways.go_to(visitor, form)
            visitor.press("f1")
            await visitor.comes_to(f"Help: {form}")
            await looks(visitor, snapshot, form)
            visitor.press("f1")
            await visitor.comes_to(form)
