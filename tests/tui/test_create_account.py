"""Create account: the form before the authenticator."""

import asyncio
from collections.abc import Sequence

import pytest

from sshauth.accounts.errors import Busy
from sshauth.accounts.peer import Peer
from sshauth.accounts.strength import Strength, Verdict
from sshauth.tui.new_password import PAUSE_SECONDS, TOO_EASY
from tests.accounts.people import PASSWORD, World
from tests.tui.edges import HeldStrength, use_strength
from tests.tui.visitor import ADDRESS, visiting
from tests.tui.ways import ADA, AUTHENTICATOR, CREATE_ACCOUNT, SIGN_IN, go_back, go_to

TAKEN_USER_NAME = {"User name": "That user name is taken. Choose another."}
NAME_IS_FREE = {"User name": "That name is free."}
WEAK = "cylo cylo cylo cy"
STRONG = {"Password": "This is hard to guess."}
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
    "bad email": ({"email": "bob@nowhere"}, {"Email": "Mail cannot reach that address."}),
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
    ("password", "bar", "words"),
    [
        (PASSWORD, "[########] Strong", "This is hard to guess."),
        (
            "passwordpassword",
            "[#-------] Weak",
            "Repeating it helps little. Add a word or two, the rarer the better.",
        ),
        ("lovelace lovelace", "[#-------] Weak", "Do not use your name, email address or sshauth in it."),
        ("ada@example.org.", "[#-------] Weak", "Do not use your name, email address or sshauth in it."),
    ],
)
async def test_the_strength_is_said_while_the_password_is_typed(
    world: World, password: str, bar: str, words: str
) -> None:
    """After a pause, with what makes it better; the other fields' words count for nothing. It is no error."""
    async with visiting(world) as visitor:
        await go_to(visitor, CREATE_ACCOUNT)
        visitor.type("\t".join((*ADA[:4], password)))
        await visitor.is_told(NAME_IS_FREE | {"Password": words})
        assert bar in visitor.text
        assert visitor.focused == "Password"
        assert not visitor.app.screen.query(".wrong")
        visitor.press("backspace")
        await visitor.has(password=password[:-1])
        await visitor.is_told(NAME_IS_FREE)


class BusyStrength(Strength):
    """Has too much to do."""

    def __init__(self) -> None:
        self.asked = 0

    async def judge(
        self, _password: str, *, own_words: Sequence[str], source: str = "", known: bool = False
    ) -> Verdict:
        del own_words, source, known
        self.asked += 1
        raise Busy


async def test_nothing_is_said_of_a_password_while_the_judge_is_busy(world: World) -> None:
    """It is judged when the form is submitted."""
    strength = BusyStrength()
    use_strength(world, strength)
    async with visiting(world) as visitor:
        await go_to(visitor, CREATE_ACCOUNT)
        visitor.press(*["tab"] * 4)
        visitor.type("passwordpassword")
        await visitor.until(lambda: strength.asked > 0, "a judge who was asked")
        await visitor.rests()
        assert visitor.words == {}
        assert "[--------]" in visitor.text


async def test_a_weak_password_is_an_error_once_its_field_is_left(world: World) -> None:
    """The advice stays, in red; who comes back to it sees it so still."""
    async with visiting(world) as visitor:
        await go_to(visitor, CREATE_ACCOUNT)
        visitor.press(*["tab"] * 4)
        visitor.type("passwordpassword")
        words = {"Password": "Repeating it helps little. Add a word or two, the rarer the better."}
        await visitor.is_told(words)
        assert not visitor.app.screen.query(".wrong")
        visitor.press("tab")
        await visitor.until(lambda: bool(visitor.app.screen.query("#password.wrong")), "a wrong field")
        assert visitor.words == {"Password": f"{TOO_EASY}{words['Password']}"}
        visitor.press("shift+tab")
        await visitor.focuses("Password")
        await visitor.rests()
        assert visitor.words == {"Password": f"{TOO_EASY}{words['Password']}"}
        assert visitor.app.screen.query("#password.wrong")


@pytest.mark.parametrize("way", ["enter", "button", "burst"])
async def test_all_that_is_wrong_is_said_when_the_form_is_sent(world: World, way: str) -> None:
    """What was said before stays: a name that is taken, a password that is short, and one that differs."""
    await world.register()
    words = TAKEN_USER_NAME | {
        "Password": "Use 12 characters or more: a few words.",
        "Repeat password": "The passwords differ.",
    }
    async with visiting(world) as visitor:
        await go_to(visitor, CREATE_ACCOUNT)
        typed = "Bob\tBit\tada\tbob@example.org\tshort\tother"
        visitor.type(typed + ("\r" if way == "burst" else "\t"))
        await visitor.is_told(words)
        for _ in range(1 if way == "burst" else 2):
            if way == "button":
                await visitor.click("Create account")
            elif way == "enter":
                await visitor.focuses("Create account")
                visitor.press("enter")
            await visitor.focuses("User name")
            await visitor.rests()
            assert visitor.words == words
            assert len(visitor.app.screen.query("Input.wrong")) == len(words)
            visitor.press(*["tab"] * 4)
            await visitor.focuses("Create account")


async def test_what_has_become_right_is_called_wrong_no_more(world: World) -> None:
    """A name that was freed, and a password made of a name that is another now."""
    enrolment = await world.enrol()
    email = {"Email": "Mail cannot reach that address."}
    password = "zyxquorvin mbo"
    async with visiting(world) as visitor:
        await go_to(visitor, CREATE_ACCOUNT)
        visitor.fill("Zyxquorvin", "Bit", "ada", "nowhere", password, password)
        weak = {"Password": f"{TOO_EASY}Do not use your name, email address or sshauth in it."}
        await visitor.is_told(TAKEN_USER_NAME | email | weak)
        await world.accounts.registration.abandon(enrolment)
        visitor.press("shift+tab", "shift+tab")
        await visitor.focuses("First name")
        visitor.type("Bob\t\t\t\t\t\r")
        await visitor.until(lambda: len(visitor.app.screen.query("Input.wrong")) == 1, "one fault")
        await visitor.focuses("Email")
        await visitor.rests()
        assert visitor.words.items() >= email.items()
        assert len(visitor.app.screen.query("Input.wrong")) == 1


async def test_a_weak_password_stays_an_error_when_the_form_is_sent(world: World) -> None:
    """With what is wrong with it, as often as the button is pressed; its bar never reads as accepted."""
    async with visiting(world) as visitor:
        await go_to(visitor, CREATE_ACCOUNT)
        visitor.type("\t".join((*ADA[:4], WEAK, WEAK)) + "\t")
        for _ in range(3):
            await visitor.focuses("Create account")
            visitor.press("enter")
            await visitor.focuses("Password")
            await visitor.rests()
            assert visitor.words["Password"].startswith(TOO_EASY)
            assert "! Password" in visitor.text
            assert "] Weak" in visitor.text
            visitor.press("tab", "tab")
        visitor.press("shift+tab", "shift+tab")
        await visitor.focuses("Password")
        visitor.type("a few rare words instead")
        await visitor.sees("] Strong")
        assert "! Password" not in visitor.text


async def test_what_is_missing_of_a_short_password_is_counted(world: World) -> None:
    """At once, beside the bar; nothing is called wrong until the field is left."""
    async with visiting(world) as visitor:
        await go_to(visitor, CREATE_ACCOUNT)
        assert "at least 12 long" in visitor.text
        visitor.type("\t".join((*ADA[:4], "correct")))
        await visitor.sees("[--------] 5 more")
        judged = asyncio.get_running_loop().time() + 2 * PAUSE_SECONDS
        await visitor.until(lambda: asyncio.get_running_loop().time() > judged, "time for words")
        assert visitor.words == NAME_IS_FREE
        visitor.type(" horse battery")
        await visitor.sees("[########] Strong")
        visitor.press("home", "shift+end")
        visitor.type("short\t")
        await visitor.is_told(NAME_IS_FREE | {"Password": "Use 12 characters or more: a few words."})
        assert "[--------] 7 more" in visitor.text


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40)])
async def test_bar_and_words_have_room_in_every_window(world: World, size: tuple[int, int]) -> None:
    """The bar stands left of the words, under the label."""
    async with visiting(world, size=size) as visitor:
        await go_to(visitor, CREATE_ACCOUNT)
        visitor.type("\t".join((*ADA[:4], PASSWORD)))
        await visitor.sees("[########] Strong")
        await visitor.sees("This is hard to guess.")


async def test_words_that_take_more_rows_leave_the_focus_in_view(world: World) -> None:
    """In the smallest window, with something to say about most fields."""
    async with visiting(world, size=(60, 20)) as visitor:
        await go_to(visitor, CREATE_ACCOUNT)
        visitor.type("Bob\tBit\tbob\tbob@nowhere\tpasswordpassword\tother")
        await visitor.sees("[#-------] Weak")
        visitor.type("\t")
        await visitor.sees("The passwords differ.")
        await visitor.focuses("Create account")
        await visitor.until(lambda: "F4 Show" in visitor.text, "the buttons")
        assert "F1 Help" in visitor.text


async def test_the_same_password_twice_is_said_at_once(world: World) -> None:
    """That they differ is said only when the person is done with both."""
    same, different = {"Repeat password": "Both are the same."}, {"Repeat password": "The passwords differ."}
    async with visiting(world) as visitor:
        await go_to(visitor, CREATE_ACCOUNT)
        visitor.press(*["tab"] * 4)
        visitor.type(f"{PASSWORD}\t{PASSWORD[:-1]}")
        await visitor.has(repeat_password=PASSWORD[:-1])
        await visitor.is_told(STRONG)
        visitor.type(PASSWORD[-1])
        await visitor.is_told(STRONG | same)
        visitor.type("x")
        await visitor.is_told(STRONG)
        visitor.press("tab")
        await visitor.is_told(STRONG | different)
        visitor.press("shift+tab", "shift+tab", "end")
        visitor.type("x")
        await visitor.is_told(STRONG | same)
        visitor.press("backspace")
        await visitor.is_told(STRONG)
        visitor.press("tab", "tab")
        await visitor.is_told(STRONG | different)


LEFT = {
    "no address": ({"email": "bob@nowhere"}, {"Email": "Mail cannot reach that address."}),
    "taken address": ({"email": "ada@example.org"}, {}),
    "first name": (
        {"first_name": "\u202eBob"},
        {"First name": "This holds a character that cannot be shown."},
    ),
    "last name": ({"last_name": "Z" + "\u0351" * 5}, {"Last name": "Too many accents on one letter."}),
    "blanks": ({"first_name": " ", "last_name": ""}, {}),
}


@pytest.mark.parametrize(("changes", "words"), LEFT.values(), ids=LEFT.keys())
async def test_what_cannot_be_is_said_once_its_field_is_left(
    world: World, changes: dict[str, str], words: dict[str, str]
) -> None:
    """Of an address only the form; of a field that is empty nothing yet."""
    await world.register()
    values = {"first_name": "Bob", "last_name": "Bit", "user_name": "bob", "email": "b@example.org"} | changes
    async with visiting(world) as visitor:
        await go_to(visitor, CREATE_ACCOUNT)
        visitor.type("\t".join(values.values()), merged=True)
        await visitor.has(**values)
        assert "Email" not in visitor.words
        visitor.type("\t")
        await visitor.is_told(NAME_IS_FREE | words)
        assert visitor.focused == "Password"


async def test_an_empty_field_hides_no_other_fault(world: World) -> None:
    """All is said at one time, and the first wrong field gets the focus."""
    async with visiting(world) as visitor:
        await go_to(visitor, CREATE_ACCOUNT)
        visitor.fill("Bob", "Bit", "bob", "bob@nowhere", "short", "")
        await visitor.is_told(
            {
                "Email": "Mail cannot reach that address.",
                "Password": "Use 12 characters or more: a few words.",
                "Repeat password": "Please fill this in.",
            }
        )
        assert visitor.focused == "Email"


async def test_names_are_looked_up_so_often_and_no_more(world: World) -> None:
    """Row 27: then nothing is said any more, neither free nor taken."""
    for _ in range(29):
        await world.accounts.registration.user_name_problem("ada", Peer(ADDRESS))
    async with visiting(world) as visitor:
        await go_to(visitor, CREATE_ACCOUNT)
        visitor.type("\t\tbob\t")
        await visitor.is_told(NAME_IS_FREE)
        visitor.press("shift+tab")
        visitor.type("eve\t")
        await visitor.has(user_name="eve")
        await visitor.rests()
        assert visitor.words == {}


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
        assert visitor.words == NAME_IS_FREE
        await visitor.is_told(NAME_IS_FREE | STRONG)


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
        await visitor.is_told(NAME_IS_FREE)


async def test_the_name_that_one_is_registering_is_not_called_taken(world: World) -> None:
    """Going back from the authenticator, and through the form again; the bar shows what was sent at once."""
    async with visiting(world) as visitor:
        await go_to(visitor, AUTHENTICATOR)
        await go_back(visitor, CREATE_ACCOUNT)
        await visitor.sees("[########] Strong")
        visitor.press("shift+tab", "shift+tab", "shift+tab")
        await visitor.focuses("User name")
        visitor.press("tab", "tab", "tab")
        await visitor.focuses("Repeat password")
        await visitor.rests()
        assert visitor.words == {}
        visitor.press("enter")
        await visitor.comes_to(AUTHENTICATOR)
