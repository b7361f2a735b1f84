"""Create account: the form before the authenticator."""

import asyncio

import pytest

from sshauth.tui.new_password import PAUSE_SECONDS
from tests.accounts.people import PASSWORD, World
from tests.tui.edges import HeldStrength, use_strength
from tests.tui.visitor import visiting
from tests.tui.ways import ADA, AUTHENTICATOR, CREATE_ACCOUNT, SIGN_IN, go_back, go_to

TAKEN_USER_NAME = {"User name": "That user name is taken. Choose another."}
TAKEN_EMAIL = {"Email": "That email address has an account already."}


async def test_it_says_that_an_authenticator_app_will_be_needed(world: World) -> None:
    """And names three."""
    async with visiting(world) as visitor:
        await go_to(visitor, CREATE_ACCOUNT)
        assert "you will need an authenticator app" in visitor.prose
        assert all(app in visitor.prose for app in ("FreeOTP", "Aegis", "Google Authenticator"))


WRONG_FIELDS = {
    "taken user name": ({"user_name": "ADA"}, TAKEN_USER_NAME),
    "taken email": ({"email": "Ada@Example.org"}, TAKEN_EMAIL),
    "both taken": ({"user_name": "ada", "email": "ada@example.org"}, TAKEN_USER_NAME | TAKEN_EMAIL),
    "reserved user name": ({"user_name": "root"}, {"User name": "That name is reserved. Choose another."}),
    "letters of other scripts": (
        {"user_name": "ädä"},
        {"User name": "Use a to z, digits, dot, dash or underscore."},
    ),
    "markup as user name": (
        {"user_name": "[b]x[/b]"},
        {"User name": "Use a to z, digits, dot, dash or underscore."},
    ),
    "bad email": ({"email": "bob@nowhere"}, {"Email": "That is not an address mail can reach."}),
    "differing passwords": (
        {"repeat_password": "correct horse batterie"},
        {"Repeat password": "The passwords differ."},
    ),
    "short password": (
        {"password": "short", "repeat_password": "short"},
        {"Password": "Use 12 characters or more: a few words."},
    ),
    "blank name": ({"first_name": " "}, {"First name": "This cannot be empty."}),
    "hiding characters": (
        {"last_name": "\u202eevil"},
        {"Last name": "This holds a character that cannot be shown."},
    ),
    "stacked accents": (
        {"first_name": "Z" + "\u0351" * 5},
        {"First name": "Too many accents on one letter."},
    ),
}


@pytest.mark.parametrize(("changes", "words"), WRONG_FIELDS.values(), ids=WRONG_FIELDS.keys())
async def test_what_is_wrong_is_said_beside_the_field(
    world: World, changes: dict[str, str], words: dict[str, str]
) -> None:
    """The first wrong field gets the focus, what it holds selected; the words vanish when it is changed."""
    await world.register()
    values = {
        "first_name": "Bob",
        "last_name": "Bit",
        "user_name": "bob",
        "email": "bob@example.org",
        "password": PASSWORD,
        "repeat_password": PASSWORD,
    } | changes
    async with visiting(world) as visitor:
        await go_to(visitor, CREATE_ACCOUNT)
        visitor.type("\t".join(values.values()) + "\r", merged=True)
        await visitor.is_told(words)
        first = next(iter(words))
        assert visitor.focused == first
        assert visitor.selected == visitor.fields[first]
        visitor.type("x")
        await visitor.is_told({label: said for label, said in words.items() if label != first})


async def test_names_may_be_of_any_writing(world: World) -> None:
    """Accents, other scripts and emoji pass; the focus goes on to the authenticator."""
    async with visiting(world) as visitor:
        await go_to(visitor, CREATE_ACCOUNT)
        visitor.fill("Zoë 😀", "[@click=app.quit]ラブレス[/]", *ADA[2:])
        await visitor.comes_to(AUTHENTICATOR)


async def test_a_name_that_somebody_is_registering_is_taken(world: World) -> None:
    """Until they finish or leave."""
    enrolment = await world.enrol()
    async with visiting(world) as visitor:
        await go_to(visitor, CREATE_ACCOUNT)
        visitor.fill(*ADA)
        await visitor.is_told(TAKEN_USER_NAME)
        await world.accounts.registration.abandon(enrolment)
        await go_back(visitor, SIGN_IN)
        await go_to(visitor, AUTHENTICATOR)


async def test_changing_ones_mind_after_the_authenticator(world: World) -> None:
    """Back from there, the form is as it was, and the same names can be sent again."""
    async with visiting(world) as visitor:
        await go_to(visitor, AUTHENTICATOR)
        await go_back(visitor, CREATE_ACCOUNT)
        assert list(visitor.fields.values()) == list(ADA)
        visitor.type("\r")
        await visitor.comes_to(AUTHENTICATOR)


# Words while it is typed


@pytest.mark.parametrize(
    ("password", "words"),
    [
        (PASSWORD, "Strong"),
        ("passwordpassword", "Weak: Repeating it helps little. Add a word or two, the rarer the better."),
        ("lovelace lovelace", "Weak: Do not use your name, email address or sshauth in it."),
        ("ada@example.org.", "Weak: Do not use your name, email address or sshauth in it."),
    ],
)
async def test_the_strength_is_said_while_the_password_is_typed(
    world: World, password: str, words: str
) -> None:
    """After a pause, with what makes it better; the other fields' words count for nothing. It is no error."""
    async with visiting(world) as visitor:
        await go_to(visitor, CREATE_ACCOUNT)
        visitor.type("\t".join((*ADA[:4], password)))
        await visitor.is_told({"Password": words})
        assert visitor.focused == "Password"
        assert not visitor.app.screen.query(".wrong")
        visitor.press("backspace")
        await visitor.has(password=password[:-1])
        await visitor.is_told({})


async def test_nothing_is_said_of_a_password_that_is_still_short(world: World) -> None:
    """Until its field is left."""
    async with visiting(world) as visitor:
        await go_to(visitor, CREATE_ACCOUNT)
        visitor.type("\t".join((*ADA[:4], "correct")))
        judged = asyncio.get_running_loop().time() + 2 * PAUSE_SECONDS
        await visitor.until(lambda: asyncio.get_running_loop().time() > judged, "time for words")
        assert visitor.words == {}
        visitor.type(" horse battery")
        await visitor.is_told({"Password": "Strong"})
        visitor.press("home", "shift+end")
        visitor.type("short\t")
        await visitor.is_told({"Password": "Use 12 characters or more: a few words."})


async def test_words_about_an_older_password_are_dropped(world: World) -> None:
    """The judge may be slower than the fingers."""
    strength = HeldStrength(world.strength, held="passwordpassword")
    use_strength(world, strength)
    async with visiting(world) as visitor:
        await go_to(visitor, CREATE_ACCOUNT)
        visitor.type("\t".join((*ADA[:4], "passwordpassword")))
        await visitor.until(strength.asked.is_set, "a judge at work")
        visitor.type(" with a few rare words")
        await visitor.has(password="passwordpassword with a few rare words")
        strength.go_on.set()
        await visitor.rests()
        assert visitor.words == {}
        await visitor.is_told({"Password": "Strong"})


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ADA", TAKEN_USER_NAME),
        ("root", {"User name": "That name is reserved. Choose another."}),
        ("ädä", {"User name": "Use a to z, digits, dot, dash or underscore."}),
    ],
)
async def test_a_user_name_that_cannot_be_had_is_said_once_its_field_is_left(
    world: World, name: str, words: dict[str, str]
) -> None:
    """Long before the form is sent; never of an email."""
    await world.register()
    async with visiting(world) as visitor:
        await go_to(visitor, CREATE_ACCOUNT)
        visitor.type(f"Bob\tBit\t{name}")
        await visitor.has(user_name=name)
        assert visitor.words == {}
        visitor.type("\tada@example.org\t")
        await visitor.is_told(words)
        assert visitor.focused == "Password"
        visitor.press("shift+tab", "shift+tab")
        visitor.type("bob\t")
        await visitor.is_told({})


async def test_the_name_that_one_is_registering_is_not_called_taken(world: World) -> None:
    """Going back from the authenticator, and through the form again."""
    async with visiting(world) as visitor:
        await go_to(visitor, AUTHENTICATOR)
        await go_back(visitor, CREATE_ACCOUNT)
        visitor.press("shift+tab", "shift+tab", "shift+tab")
        await visitor.focuses("User name")
        visitor.press("tab", "tab", "tab")
        await visitor.rests()
        assert visitor.words == {}
        visitor.press("enter")
        await visitor.comes_to(AUTHENTICATOR)
