"""The screens, as the specification names them, and the ways to them."""

import re
import urllib.parse
from collections.abc import AsyncIterator

import pyotp

from sshauth.accounts import totp
from tests.accounts.people import PASSWORD, World
from tests.tui.visitor import Visitor

SIGN_IN = "Sign in"
CREATE_ACCOUNT = "Create account"
ADDRESS = "Confirm your address"
AUTHENTICATOR = "Set up your authenticator"
CODES = "Your recovery codes"
FORGOT = "Forgot password"
RESET = "Reset password"
HOME = "Welcome, Ada"

# Fields, buttons and links in their order.
FORMS = {
    SIGN_IN: (
        ("User name", "Password", "Code"),
        (
            "Sign in",
            "F4 Show",
            "F6 Lost your phone?",
            "F2 Create account",
            "F3 Forgot password",
            "Ctrl+Q Quit",
            "F1 Help",
        ),
    ),
    CREATE_ACCOUNT: (
        ("First name", "Last name", "User name", "Email", "Password", "Repeat password"),
        ("Create account", "F4 Show", "Esc Back", "F1 Help"),
    ),
    AUTHENTICATOR: (("Code",), ("Confirm", "F5 Can't scan it?", "Esc Back", "F1 Help")),
    FORGOT: (("User name or email",), ("Send code", "F5 I have a code", "Esc Back", "F1 Help")),
    RESET: (
        (
            "User name or email",
            "Reset code",
            "App or recovery",
            "New password",
            "Repeat password",
        ),
        ("Change password", "F4 Show", "Esc Back", "F1 Help"),
    ),
}

NUMBERED_CODE = re.compile(r"\b(\d+)  ((?:[0-9A-Z]{4}-){5}[0-9A-Z]{4})\b")

# What is typed into Create account.
ADA = ("Ada", "Lovelace", "ada", "ada@example.org", PASSWORD, PASSWORD)


async def all_forms(visitor: Visitor) -> AsyncIterator[str]:
    """Come by every form in one visit, each with nothing typed yet, and name it."""
    await go_to(visitor, CREATE_ACCOUNT)
    yield CREATE_ACCOUNT
    await go_back(visitor, SIGN_IN)
    await go_to(visitor, AUTHENTICATOR)
    yield AUTHENTICATOR
    await go_back(visitor, CREATE_ACCOUNT, SIGN_IN)
    await go_to(visitor, RESET)
    yield RESET
    await go_back(visitor, FORGOT, SIGN_IN)
    await go_to(visitor, FORGOT)
    yield FORGOT
    await go_back(visitor, SIGN_IN)
    yield SIGN_IN


async def go_to(visitor: Visitor, form: str) -> None:
    """Go from Sign in to another form."""
    if form in {CREATE_ACCOUNT, AUTHENTICATOR}:
        visitor.press("f2")
        await visitor.comes_to(CREATE_ACCOUNT)
    if form == AUTHENTICATOR:
        visitor.fill(*ADA)
    if form in {FORGOT, RESET}:
        visitor.press("f3")
        await visitor.comes_to(FORGOT)
    if form == RESET:
        visitor.press("f5")
    await visitor.comes_to(form)


async def go_back(visitor: Visitor, *forms: str) -> None:
    """Go back from form to form."""
    for form in forms:
        visitor.press("escape")
        await visitor.comes_to(form)


async def register(visitor: Visitor, world: World) -> str:
    """Go from Sign in to Home by creating an account, and give the secret of its authenticator."""
    await go_to(visitor, AUTHENTICATOR)
    secret = secret_on(visitor)
    visitor.fill(code_of(secret, world))
    await visitor.comes_to(CODES)
    await keep_codes(visitor)
    await visitor.comes_to(HOME)
    world.wait(30)
    return secret


def codes_on(visitor: Visitor) -> dict[int, str]:
    """Read the recovery codes off the screen."""
    return {int(number): code for number, code in NUMBERED_CODE.findall(visitor.text)}


async def keep_codes(visitor: Visitor) -> None:
    """Go from the recovery codes on, by writing them down and typing the one that is asked for."""
    codes = codes_on(visitor)
    visitor.press("enter")
    visitor.fill(codes[await asked_for(visitor)])


async def asked_for(visitor: Visitor) -> int:
    """Wait for the question, and give the number of the code that it asks for."""
    await visitor.sees("type code number")
    return int(visitor.focused.removeprefix("Code number "))


def secret_on(visitor: Visitor) -> str:
    """Take the secret off the screen, as a phone does."""
    uri = visitor.scan()
    assert uri is not None
    return urllib.parse.parse_qs(urllib.parse.urlsplit(uri).query)["secret"][0]


def code_of(secret: str, world: World) -> str:
    """Read the present code off an authenticator app."""
    return pyotp.TOTP(secret).generate_otp(totp.step_at(world.now))
