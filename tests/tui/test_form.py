"""What all forms have in common."""

import time
from typing import Any

import pytest

from sshauth.tui.form import FormScreen
from tests.accounts.people import PASSWORD, World
from tests.tui.edges import BrokenPasswords, HeldPasswords, use_passwords
from tests.tui.visitor import visiting
from tests.tui.ways import (
    ADA,
    AUTHENTICATOR,
    CREATE_ACCOUNT,
    FORGOT,
    FORMS,
    RESET,
    SIGN_IN,
    all_forms,
    go_back,
    go_to,
)

EMPTY = "Please fill this in."


# The way through a form


async def test_the_first_field_has_the_focus(world: World) -> None:
    """Whatever the form, typing begins in its first field."""
    async with visiting(world) as visitor:
        async for form in all_forms(visitor):
            first = FORMS[form][0][0]
            assert visitor.focused == first
            visitor.type("123")
            await visitor.until(lambda: "123" in visitor.fields.values(), "what was typed")
            assert visitor.fields[first] == "123"


async def test_typing_replaces_what_the_first_field_holds(world: World) -> None:
    """What the first field holds is selected."""
    async with visiting(world, user_name="ada") as visitor:
        await go_to(visitor, FORGOT)
        assert visitor.selected == "ada"
        visitor.type("bob")
        await visitor.until(lambda: "bob" in visitor.fields.values(), "ada replaced")


async def test_tab_accepts_what_the_first_field_holds(world: World) -> None:
    """Tab goes on and changes nothing."""
    async with visiting(world, user_name="ada") as visitor:
        await go_to(visitor, FORGOT)
        visitor.press("tab")
        await visitor.focuses("Send code")
        assert visitor.fields == {"User name or email": "ada"}


async def test_tab_reaches_fields_buttons_and_links_in_order(world: World) -> None:
    """Phones have no F keys; after the last one it begins anew, and Shift+Tab goes the other way."""
    async with visiting(world) as visitor:
        async for form in all_forms(visitor):
            fields, buttons = FORMS[form]
            order = [*fields, *buttons]
            for label in [*order[1:], order[0]]:
                visitor.press("tab")
                await visitor.focuses(label)
            for label in order[::-1]:
                visitor.press("shift+tab")
                await visitor.focuses(label)


async def test_enter_goes_on_and_submits_in_the_last_field(world: World) -> None:
    """Enter in any other field only moves the focus; an empty form is refused with words at each field."""
    async with visiting(world) as visitor:
        async for form in all_forms(visitor):
            fields = FORMS[form][0]
            for label in fields[1:]:
                visitor.press("enter")
                await visitor.focuses(label)
                assert visitor.words == {}
            visitor.press("enter")
            await visitor.is_told(dict.fromkeys(fields, EMPTY))
            await visitor.focuses(fields[0])


@pytest.mark.parametrize("way", ["key", "mouse"])
async def test_the_button_submits_too(world: World, way: str) -> None:
    """The form's button does what Enter in the last field does."""
    async with visiting(world) as visitor:
        async for form in all_forms(visitor):
            fields, buttons = FORMS[form]
            if way == "key":
                visitor.press(*["tab"] * len(fields), "enter")
            else:
                await visitor.click(buttons[0])
            await visitor.is_told(dict.fromkeys(fields, EMPTY))


@pytest.mark.parametrize("size", [(80, 24), (60, 20)], ids=["80x24", "60x20"])
async def test_everything_is_visible_without_scrolling(world: World, size: tuple[int, int]) -> None:
    """All fields and buttons are on the screen, with words about every field."""
    async with visiting(world, size=size) as visitor:
        async for form in all_forms(visitor):
            fields, buttons = FORMS[form]
            visitor.press(*["enter"] * len(fields))
            await visitor.is_told(dict.fromkeys(fields, EMPTY))
            for label in (*fields, *buttons):
                assert set(label.split()) <= set(visitor.text.split()), visitor.text


# Secrets


async def test_f4_shows_and_hides_secrets(world: World) -> None:
    """Passwords are masked until then, in every form that has some."""
    async with visiting(world) as visitor:
        async for form in all_forms(visitor):
            passwords = [label for label in FORMS[form][0] if "assword" in label]
            if passwords:
                visitor.press(*["tab"] * FORMS[form][0].index(passwords[0]))
                visitor.type("\t".join("secret" for _ in passwords))
                for seen in ("••••••", "secret", "••••••"):
                    await visitor.shows(dict.fromkeys(passwords, seen))
                    visitor.press("f4")


async def test_the_button_of_f4_shows_and_hides_secrets(world: World) -> None:
    """So do people without F keys."""
    async with visiting(world) as visitor:
        visitor.type("\tsecret")
        for seen, button in (("••••••", "F4 Show"), ("secret", "F4 Hide"), ("••••••", "F4 Show")):
            await visitor.shows({"Password": seen})
            await visitor.click(button)


# What was typed


async def test_resizing_loses_nothing(world: World) -> None:
    """A window that becomes small and large again shows what was typed, and the focus where it was."""
    async with visiting(world) as visitor:
        async for form in all_forms(visitor):
            values = [str(number) for number, _ in enumerate(FORMS[form][0])]
            visitor.type("\t".join(values))
            await visitor.holds(*values)
            focused = visitor.focused
            for size in ((20, 5), (60, 20), (200, 60), (20, 5), (80, 24)):
                await visitor.resize(*size)
                if size != (20, 5):
                    await visitor.comes_to(form)
                    assert list(visitor.fields.values()) == values
                    assert visitor.focused == focused
            visitor.type("23")
            await visitor.holds(*values[:-1], f"{values[-1]}23")


@pytest.mark.parametrize("way", ["key", "button"])
@pytest.mark.parametrize("form", [CREATE_ACCOUNT, RESET])
async def test_escape_goes_back_and_keeps_what_was_typed(world: World, form: str, way: str) -> None:
    """On return it is there again, in the screen before too."""
    async with visiting(world) as visitor:
        visitor.type("ada\tsecret\t123456")
        await visitor.has(user_name="ada", password="secret", code="123456")
        await go_to(visitor, form)
        before = {CREATE_ACCOUNT: SIGN_IN, RESET: FORGOT}[form]
        visitor.type("one\ttwo\tthree\tfour")
        await visitor.until(lambda: "four" in visitor.fields.values(), "four")
        typed = visitor.fields
        if way == "key":
            visitor.press("escape")
        else:
            await visitor.click("Esc Back")
        await visitor.comes_to(before)
        visitor.press("f2" if before == SIGN_IN else "f5")
        await visitor.comes_to(form)
        assert visitor.fields == typed
        await go_back(visitor, *([SIGN_IN] if before == SIGN_IN else [FORGOT, SIGN_IN]))
        assert visitor.fields == {"User name": "ada", "Password": "secret", "Code": "123456"}


# Words about fields


async def test_words_vanish_when_their_field_is_changed(world: World) -> None:
    """Those of the others stay."""
    async with visiting(world) as visitor:
        visitor.fill("ada", "", "")
        await visitor.is_told({"Password": EMPTY, "Code": EMPTY})
        visitor.type("s")
        await visitor.is_told({"Code": EMPTY})


async def test_the_first_wrong_field_gets_the_focus(world: World) -> None:
    """What it holds is selected, to be typed anew."""
    async with visiting(world) as visitor:
        await go_to(visitor, CREATE_ACCOUNT)
        visitor.fill("Ada", "Lovelace", "ada", "nowhere", "short", "short")
        await visitor.focuses("Email")
        assert visitor.selected == "nowhere"
        assert list(visitor.words) == ["Email", "Password"]


async def test_a_wrong_field_bears_a_mark_for_who_sees_no_colours(world: World) -> None:
    """Its label begins with it, until it is changed."""
    async with visiting(world) as visitor:
        visitor.fill("ada", "", "123456")
        await visitor.sees("! Password")
        assert visitor.text.count("!") == 1
        visitor.type("s")
        await visitor.loses("! Password")
        await visitor.sees("Password")


def seconds(left: int) -> str:
    return f"Try again in {left} s."


async def test_a_wait_counts_down_and_its_words_go(world: World) -> None:
    """Typing meanwhile does not take them away: they are not about what is typed."""
    async with visiting(world) as visitor:
        screen = visitor.app.screen
        assert isinstance(screen, FormScreen)
        screen.say_until(seconds, time.monotonic() + 1.5)
        await visitor.sees("Try again in 2 s.")
        visitor.type("ada")
        await visitor.has(user_name="ada")
        await visitor.sees("Try again in 1 s.")
        await visitor.loses("Try again")


async def test_other_words_end_the_counting(world: World) -> None:
    """They stay."""
    async with visiting(world) as visitor:
        screen = visitor.app.screen
        assert isinstance(screen, FormScreen)
        screen.say_until(seconds, time.monotonic() + 60)
        await visitor.sees("Try again in 60 s.")
        screen.say_until(seconds, time.monotonic() + 30)
        await visitor.sees("Try again in 30 s.")
        visitor.press("f6")
        await visitor.sees("recovery codes")
        assert "Try again" not in visitor.text
        assert screen._next_second is None


async def test_a_wait_that_is_over_is_not_said(world: World) -> None:
    """Nor is anything counted on a screen that was left."""
    async with visiting(world) as visitor:
        await go_to(visitor, CREATE_ACCOUNT)
        screen = visitor.app.screen
        assert isinstance(screen, FormScreen)
        screen.say_until(seconds, time.monotonic())
        await visitor.rests()
        assert "Try again" not in visitor.text
        screen.say_until(seconds, time.monotonic() + 60)
        await go_back(visitor, SIGN_IN)
        await visitor.until(lambda: screen._next_second is None, "no counting")


async def test_what_takes_time_says_so_and_keys_are_kept(world: World) -> None:
    """The words go when it is done; what was typed meanwhile is for the screen that comes."""
    passwords = HeldPasswords(world.passwords)
    use_passwords(world, passwords)
    async with visiting(world) as visitor:
        visitor.fill("ada", PASSWORD, "000000")
        await visitor.sees("One moment…")
        visitor.type("999")
        passwords.go_on.set()
        await visitor.loses("One moment…")
        await visitor.until(lambda: visitor.fields["Code"] == "999", "the next code")


CLEANED = "Line breaks and characters that cannot be shown were removed."

# What is pasted, and what is left of it.
PASTES = {
    "newlines": ("one\ntwo\r\nthree\rfour", "one two  three four"),
    "newlines around it": ("\r\nada\n", "ada"),
    "tabs": ("one\ttwo", "one two"),
    "control characters": ("a" + "".join(map(chr, range(1, 9))) + "\x1b[2J\x7f\x80\x9b", "a[2J"),
    "emoji": ("👩‍👩‍👧‍👦🇩🇪😀", "👩‍👩‍👧‍👦🇩🇪😀"),
    "combining marks": ("Zoe\u0308", "Zoe\u0308"),
    "right to left": ("שלום", "שלום"),
    "markup": ("[@click=app.quit]x[/] [/] [bold", "[@click=app.quit]x[/] [/] [bold"),
}


async def test_pastes_are_cleaned_with_a_word(world: World) -> None:
    """What no field can hold is left out, and said; the rest is text and nothing else."""
    async with visiting(world) as visitor:
        await go_to(visitor, CREATE_ACCOUNT)
        for pasted, kept in PASTES.values():
            visitor.paste(pasted)
            await visitor.has(first_name=kept)
            await visitor.is_told({} if kept == pasted.strip() else {"First name": CLEANED})
            visitor.type("!")
            await visitor.has(first_name=f"{kept}!")
            await visitor.is_told({})
            visitor.press("home", "shift+end")
            await visitor.until(lambda: visitor.selected == visitor.fields["First name"], "all selected")


@pytest.mark.parametrize("pasted", ["x" * 65, "Z" + "\u0351" * 500, "x" * 1_000_000])
async def test_what_is_too_long_is_refused_with_a_word(world: World, pasted: str) -> None:
    """A paste is taken whole or not at all; the word vanishes with the next change."""
    async with visiting(world) as visitor:
        await go_to(visitor, CREATE_ACCOUNT)
        visitor.type("Ada")
        visitor.paste(pasted)
        await visitor.is_told({"First name": "That is too long: at most 64 characters fit."})
        assert visitor.fields["First name"] == "Ada"
        visitor.press("backspace")
        await visitor.has(first_name="Ad")
        await visitor.is_told({})


@pytest.mark.parametrize("merged", [False, True], ids=["key by key", "merged"])
async def test_what_is_typed_too_long_is_refused_with_a_word(world: World, merged: bool) -> None:
    """The key that does not fit any more is not lost in silence."""
    async with visiting(world) as visitor:
        await go_to(visitor, CREATE_ACCOUNT)
        visitor.type("x" * 64, merged=merged)
        visitor.type("yy", merged=merged)
        await visitor.is_told({"First name": "That is too long: at most 64 characters fit."})
        assert visitor.fields["First name"] == "x" * 64


async def test_what_fits_once_the_selection_is_gone_is_pasted(world: World) -> None:
    """A paste over a selected value counts the new one only."""
    async with visiting(world) as visitor:
        await go_to(visitor, CREATE_ACCOUNT)
        visitor.type("x" * 64)
        visitor.press("tab", "shift+tab")
        visitor.paste("y" * 64)
        await visitor.has(first_name="y" * 64)
        assert visitor.words == {}


# Unexpected errors


@pytest.mark.parametrize("way", ["enter", "escape", "button"])
async def test_an_unexpected_error_shows_an_incident_and_keeps_the_form(
    world: World, way: str, logged: list[Any]
) -> None:
    """The number is for whoever runs the server; Back leads to the form, as it was."""
    passwords = BrokenPasswords(world.passwords)
    use_passwords(world, passwords)
    async with visiting(world) as visitor:
        await go_to(visitor, CREATE_ACCOUNT)
        visitor.fill(*ADA)
        await visitor.sees("Incident ")
        assert f"Incident {logged[-1]['incident']}." in visitor.prose
        assert isinstance(logged[-1]["exc_info"], MemoryError)
        assert "MemoryError" not in visitor.text
        assert visitor.focused == "Back"
        if way == "button":
            await visitor.click("Back")
        else:
            visitor.press(way)
        await visitor.comes_to(CREATE_ACCOUNT)
        assert list(visitor.fields.values()) == list(ADA)
        passwords.broken = False
        visitor.press("enter")
        await visitor.comes_to(AUTHENTICATOR)
