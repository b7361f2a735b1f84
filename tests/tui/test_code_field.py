"""The field for codes: what it takes, how it shows it, and what it says."""

import pytest

from tests.accounts.people import PASSWORD, World
from tests.tui.rooms import KEY, remember
from tests.tui.visitor import Visitor, visiting
from tests.tui.ways import AUTHENTICATOR, HOME, RESET, SIGN_IN, go_to

RECOVERY_CODE = "0123-4567-89AB-CDEF-GHJK-MNPQ"
PLACES = {"Code": "______"}
EITHER = "Type the six digits of your app, or a recovery code: six groups of four."


async def go_to_code(visitor: Visitor) -> None:
    """Put the focus on the code of Sign in, behind a name and a password."""
    visitor.type(f"ada\t{PASSWORD}\t")
    await visitor.focuses("Code")


@pytest.mark.parametrize(
    ("typed", "shown", "held"),
    [
        ("", "______", ""),
        ("12", "12____", "12"),
        ("123 456", "123456", "123456"),
        ("123-456", "123456", "123456"),
        ("\uff11\uff12\uff13\uff14\uff15\uff16", "123456", "123456"),
        ("\u0661\u0662\u0663", "123___", "123"),
        ("1234567", "1234-567", "1234-567"),
        ("abcde", "ABCD-E", "ABCD-E"),
        (RECOVERY_CODE.replace("-", " ").lower(), RECOVERY_CODE, RECOVERY_CODE),
    ],
)
@pytest.mark.parametrize("hand", ["typed", "merged", "pasted", "pasted with a line break"])
async def test_a_code_is_written_as_it_is_meant(
    world: World, typed: str, shown: str, held: str, hand: str
) -> None:
    """Six places for digits, groups of four for more, whatever spaces and digits came in."""
    async with visiting(world) as visitor:
        await go_to_code(visitor)
        if hand.startswith("pasted"):
            visitor.paste(typed if hand == "pasted" else f"{typed}\r\n")
        else:
            visitor.type(typed, merged=hand == "merged")
        await visitor.shows({"Code": shown})
        assert visitor.fields["Code"] == held
        assert visitor.words == {}


async def test_the_field_is_as_wide_as_what_may_stand_there(world: World) -> None:
    """Wide enough for six digits and the cursor, and for the rest of the line once it is no such code."""
    async with visiting(world) as visitor:
        await go_to_code(visitor)
        field = visitor.app.screen.query_one("#code")
        assert field.region.width == 8
        visitor.type("abc")
        await visitor.until(lambda: field.region.width > 40, "a wide field")
        visitor.press(*["backspace"] * 3)
        await visitor.until(lambda: field.region.width == 8, "a narrow field")


async def test_a_code_is_edited_in_its_middle(world: World) -> None:
    """The cursor stays where it is among the characters, and dashes keep their places."""
    async with visiting(world) as visitor:
        await go_to_code(visitor)
        visitor.type("abcdefgh")
        visitor.press(*["left"] * 4)
        visitor.type("12")
        await visitor.shows({"Code": "ABCD-12EF-GH"})
        visitor.press("backspace", "backspace", "backspace", "backspace")
        await visitor.shows({"Code": "ABEF-GH"})
        visitor.press("delete", "end")
        visitor.type("z")
        await visitor.shows({"Code": "ABFG-HZ"})
        visitor.press("ctrl+u")
        await visitor.shows(PLACES)


async def test_a_whole_code_takes_the_place_of_a_whole_one(world: World) -> None:
    """Who pastes the next code need not delete the last one."""
    async with visiting(world) as visitor:
        await go_to_code(visitor)
        for code in ("123456", "654321", RECOVERY_CODE, RECOVERY_CODE[::-1]):
            visitor.paste(code)
            await visitor.has(code=code)
        visitor.paste("nothing that is a code, and far too long for one: " * 2)
        await visitor.is_told({"Code": 'No code has "," in it.'})
        await visitor.has(code=RECOVERY_CODE[::-1])


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("12345", "Your app's code has six digits; there are 5 digits here."),
        ("hunter2", 'No code has "U" in it.'),
        ("secret@home", 'No code has "@" in it.'),
        (PASSWORD, EITHER),
        (f"{PASSWORD} sandals", "A code has at most 24 characters."),
        (RECOVERY_CODE[:-1], EITHER),
    ],
)
async def test_what_is_no_code_is_never_judged(world: World, typed: str, words: str) -> None:
    """It is said at once beside the field; it counts nowhere, and the code that follows signs in."""
    ada = await world.register()
    async with visiting(world) as visitor:
        for _ in range(6):
            visitor.fill("ada", PASSWORD, typed)
            await visitor.is_told({"Code": words})
            await visitor.focuses("Code")
            visitor.press("shift+tab", "shift+tab")
            await visitor.focuses("User name")
        visitor.fill("ada", PASSWORD, ada.code())
        await visitor.comes_to(HOME)
    assert not [kind for kind in await world.audited() if "failed" in kind]


async def test_digits_that_are_missing_are_typed_behind_the_others(world: World) -> None:
    """What stands there is not selected, whether Enter was pressed in the field or on the button."""
    ada = await world.register()
    code = ada.code()
    async with visiting(world) as visitor:
        for way in ("\r", "\t\r"):
            visitor.type(f"ada\t{PASSWORD}\t{code[:5]}{way}")
            await visitor.is_told({"Code": "Your app's code has six digits; there are 5 digits here."})
            await visitor.focuses("Code")
            await visitor.rests()
            assert visitor.selected == ""
            visitor.press("shift+tab", "shift+tab")
            await visitor.focuses("User name")
        visitor.type(f"ada\t{PASSWORD}\t{code[:5]}\r")
        await visitor.focuses("Code")
        visitor.type(f"{code[5]}\r")
        await visitor.comes_to(HOME)


# What can be no code


@pytest.mark.parametrize("merged", [False, True], ids=["key by key", "merged"])
@pytest.mark.parametrize("password", ["hunter2", "p@ssw0rd", "Tr0ub4dor&3", f"{PASSWORD} sandals"])
async def test_a_password_does_not_stand_there_readable(world: World, password: str, merged: bool) -> None:
    """All of it is gone at the first character that no code holds; the next key that types begins anew."""
    async with visiting(world) as visitor:
        await go_to_code(visitor)
        visitor.type(password, merged=merged)
        await visitor.until(lambda: "Code" in visitor.words, "words beside Code")
        await visitor.has(code="")
        visitor.press("backspace")
        visitor.type("123456")
        await visitor.has(code="123456")
        await visitor.is_told({})


@pytest.mark.parametrize("password", ["abc123xyz", PASSWORD])
async def test_what_is_no_code_goes_when_the_field_is_left(world: World, password: str) -> None:
    """It may be a password, though its letters may stand in codes."""
    async with visiting(world) as visitor:
        await go_to_code(visitor)
        visitor.type(f"{password}\t")
        await visitor.is_told({"Code": EITHER})
        await visitor.has(code="")
        visitor.type("\r")
        await visitor.focuses("Code")
        assert visitor.words["Code"] == EITHER


async def test_a_slip_in_a_code_takes_nothing_away(world: World) -> None:
    """Who types a long code and hits a wrong letter need not begin anew."""
    async with visiting(world) as visitor:
        await go_to_code(visitor)
        visitor.type("0123-45u")
        await visitor.is_told({"Code": 'No code has "U" in it.'})
        visitor.type("67")
        await visitor.has(code="0123-4567")
        await visitor.is_told({})


async def test_letters_that_are_read_as_digits_are_taken(world: World) -> None:
    """O for 0, I and L for 1."""
    async with visiting(world) as visitor:
        await go_to_code(visitor)
        visitor.type("oil0")
        await visitor.has(code="OIL0")


async def test_only_six_digits_fit_where_only_they_are_taken(world: World) -> None:
    """Nothing of a recovery code, and no seventh digit."""
    async with visiting(world) as visitor:
        await go_to(visitor, AUTHENTICATOR)
        visitor.paste(RECOVERY_CODE)
        await visitor.sees("A recovery code will not do here")
        visitor.press("backspace")
        visitor.type("0000x")
        await visitor.has(code="")
        visitor.press("backspace")
        visitor.type("12345")
        await visitor.has(code="12345")
        visitor.paste("67")
        await visitor.sees("has six digits, no more.")


async def test_an_enrolment_code_is_judged(world: World) -> None:
    """It has the form of mailed codes, and this one is nobody's."""
    await world.register()
    async with visiting(world) as visitor:
        visitor.fill("ada", PASSWORD, "abcd efgh jkmn pqrs")
        await visitor.sees("User name, password or code is wrong.")
        assert visitor.fields["Code"] == "ABCD-EFGH-JKMN-PQRS"


async def test_a_recovery_code_signs_in(world: World) -> None:
    """In the place of the digits, in any writing."""
    ada = await world.register()
    async with visiting(world) as visitor:
        visitor.fill("ada", PASSWORD, ada.recovery_codes[0].lower().replace("-", " "))
        await visitor.comes_to(HOME)


# Codes from a mail


@pytest.mark.parametrize(
    "writing",
    [
        "    {}",
        "Here is the code: {}\r\n",
        "If that was you, here is the code:\n\n    {}\n\nIt is good until noon.",
        " {} ",
    ],
)
async def test_a_line_of_the_mail_is_pasted_whole(world: World, writing: str) -> None:
    """The code is found in it, also where another code was before."""
    await world.register()
    async with visiting(world) as visitor:
        await go_to(visitor, RESET)
        visitor.type("ada\t")
        await visitor.focuses("Reset code")
        await visitor.shows({"Reset code": "____-____-____-____"})
        for code in ("ABCD-EFGH-JKMN-PQRS", "0123-4567-89AB-CDEF"):
            visitor.paste(writing.format(code))
            await visitor.has(reset_code=code)


async def test_a_mailed_code_is_grouped_while_it_is_typed(world: World) -> None:
    """The places that are left stand behind."""
    async with visiting(world) as visitor:
        await go_to(visitor, RESET)
        visitor.type("ada\t")
        for typed, shown in (("abc", "ABC_-____-____-____"), ("de f", "ABCD-EF__-____-____")):
            visitor.type(typed)
            await visitor.shows({"Reset code": shown})


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("ABCD-EFGH", "The code from the mail has four groups of four; there are 8 characters here."),
        ("123456", "The code from the mail has four groups of four; there are 6 characters here."),
    ],
)
async def test_half_a_mailed_code_is_said(world: World, typed: str, words: str) -> None:
    """And never judged, so that it counts nowhere."""
    async with visiting(world) as visitor:
        await go_to(visitor, RESET)
        visitor.fill("ada", typed, "123456", PASSWORD, PASSWORD)
        await visitor.is_told({"Reset code": words})
        await visitor.focuses("Reset code")


# The code that submits itself


async def test_the_sixth_digit_signs_in_where_the_key_is_remembered(world: World) -> None:
    """Nothing else is asked there."""
    ada = await world.register()
    await remember(world, ada)
    async with visiting(world, user_name="ada", key=KEY) as visitor:
        await visitor.focuses("Code")
        visitor.type(ada.code())
        await visitor.comes_to(HOME)


async def test_the_sixth_digit_submits_nothing_where_more_is_asked(world: World) -> None:
    """The other fields may not be finished."""
    async with visiting(world) as visitor:
        await go_to_code(visitor)
        visitor.type("123456")
        await visitor.has(code="123456")
        await visitor.rests()
        assert visitor.heading == SIGN_IN
        assert "wrong" not in visitor.prose
