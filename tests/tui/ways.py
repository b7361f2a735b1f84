"""The screens, as the specification names them, and the ways to them."""

import urllib.parse
from collections.abc import AsyncIterator

import pyotp

from sshauth.accounts import totp
from tests.accounts.people import PASSWORD, World
from tests.tui.visitor import Visitor

SIGN_IN = "Sign in"
CREATE_ACCOUNT = "Create account"
AUTHENTICATOR = "Set up your authenticator"
FORGOT = "Forgot password"
RESET = "Reset password"
HOME = "Welcome, Ada"

# Fields, buttons and links in their order.
FORMS = {
    SIGN_IN: (
        ("User name", "Password", "Code"),
        ("Sign in", "F2 Create account", "F3 Forgot password", "F4 Show", "Ctrl+Q Quit"),
    ),
    CREATE_ACCOUNT: (
        ("First name", "Last name", "User name", "Email", "Password", "Repeat password"),
        ("Create account", "F4 Show", "Esc Back"),
    ),
    AUTHENTICATOR: (("Code",), ("Confirm", "F5 Can't scan it?", "Esc Back")),
    FORGOT: (("User name or email",), ("Send code", "F5 I have a code", "Esc Back")),
    RESET: (
        ("User name or email", "Reset code", "Authenticator code", "New password", "Repeat password"),
        ("Change password", "F4 Show", "Esc Back"),
    ),
}

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
    await visitor.comes_to(HOME)
    world.wait(30)
    return secret


def secret_on(visitor: Visitor) -> str:
    """Take the secret off the screen, as a phone does."""
    uri = visitor.scan()
    assert uri is not None
    return urllib.parse.parse_qs(urllib.parse.urlsplit(uri).query)["secret"][0]


def code_of(secret: str, world: World) -> str:
    """Read the present code off an authenticator app."""
    return pyotp.TOTP(secret).generate_otp(totp.step_at(world.now))
