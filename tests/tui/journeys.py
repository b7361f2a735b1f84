"""Walks that come by every screen, each form half filled: for tests of what must be true of all screens."""

from collections.abc import AsyncGenerator, Callable
from contextlib import suppress

from sshauth.accounts.entrance import Entrance
from sshauth.accounts.errors import SignInRefused
from sshauth.accounts.peer import Peer
from tests.accounts.inviting import use_entrance
from tests.accounts.operators import make
from tests.accounts.people import ELSEWHERE, PASSWORD, World
from tests.tui import admins, rooms, ways
from tests.tui.edges import BrokenPasswords, use_passwords
from tests.tui.visitor import Visitor, visiting

FAR_AWAY = Peer("2001:db8:1234:5678:9abc:def0:1234:5678")

Walk = Callable[[World], AsyncGenerator[Visitor, None]]


async def _comes_to(visitor: Visitor, heading: str) -> None:
    """Wait for a room that has looked up what it shows."""
    await visitor.comes_to(heading)
    await rooms.rests(visitor)


async def _back(visitor: Visitor, *headings: str) -> None:
    for heading in headings:
        visitor.press("escape")
        await _comes_to(visitor, heading)


async def _typed(visitor: Visitor, text: str) -> Visitor:
    """Type into one field after the other, as far as the text goes."""
    visitor.type(text)
    last = text.rsplit("\t", maxsplit=1)[-1]
    await visitor.until(lambda: any(last in value for value in visitor.fields.values()), f"{last!r} typed")
    return visitor


async def _filtered(visitor: Visitor, text: str) -> Visitor:
    """Type into a list."""
    visitor.type(text)
    await visitor.sees(f"Filter: {text}")
    return visitor


async def a_strangers(world: World) -> AsyncGenerator[Visitor, None]:
    """From Sign in by way of every form to Home, as somebody registers."""
    world.use(mail_goes_out=True)
    async with visiting(world) as visitor:
        yield await _typed(visitor, "ada\tcorrect ho\t123")
        visitor.press("f1")
        await visitor.comes_to(f"Help: {ways.SIGN_IN}")
        yield visitor
        await _back(visitor, ways.SIGN_IN)
        await ways.go_to(visitor, ways.FORGOT)
        yield visitor
        visitor.press("f5")
        await visitor.comes_to(ways.RESET)
        yield await _typed(visitor, "ABCD-EF\t12345\tnew passw\tnew")
        await ways.go_back(visitor, ways.FORGOT, ways.SIGN_IN)
        await ways.go_to(visitor, ways.CREATE_ACCOUNT)
        yield await _typed(visitor, "Ada\tLovelace\tad\tada@example\tpasswordpassword\tpassw")
        visitor.press(*["shift+tab"] * 5)
        await visitor.focuses("First name")
        for value in ways.ADA:
            visitor.press(*["backspace"] * 20)
            visitor.type(f"{value}\t")
        visitor.press("enter")
        await visitor.comes_to(ways.ADDRESS)
        yield await _typed(visitor, "ABCD-EFG")
        visitor.press(*["backspace"] * 8)
        visitor.fill(await world.mailed_code())
        await visitor.comes_to(ways.AUTHENTICATOR)
        yield await _typed(visitor, "12")
        secret = ways.secret_on(visitor)
        visitor.press("f5")
        await visitor.sees("Add an account")
        yield visitor
        visitor.press("f5", "backspace", "backspace")
        visitor.fill(ways.code_of(secret, world))
        await visitor.comes_to(ways.CODES)
        yield visitor
        visitor.press("enter")
        await ways.asked_for(visitor)
        yield await _typed(visitor, "ABCD-EFGH-J")


async def a_guests(world: World) -> AsyncGenerator[Visitor, None]:
    """By what strangers see where it takes an invitation, and where nobody creates an account."""
    use_entrance(world, Entrance.INVITE)
    async with visiting(world) as visitor:
        yield visitor
        await ways.go_to(visitor, ways.CREATE_ACCOUNT)
        yield await _typed(visitor, "ABCD-EFG\tGrace\tHop")
    use_entrance(world, Entrance.CLOSED)
    async with visiting(world) as visitor:
        yield await _typed(visitor, "ada\tcorrect ho\t123")


async def a_newcomers(world: World) -> AsyncGenerator[Visitor, None]:
    """By what somebody sees whose account an operator made."""
    made = await make(world)
    async with visiting(world) as visitor:
        visitor.fill("grace", "", made.code)
        await visitor.comes_to("Set up your account")
        yield await _typed(visitor, "Grace\tHop\tpasswordpassword\tpassw")


async def somebodys(world: World) -> AsyncGenerator[Visitor, None]:
    """From Home into every room, and every room behind one."""
    world.use(mail_goes_out=True)
    ada = await world.register()
    await ada.confirm_it_is_me()
    enrolment = await world.accounts.authenticators.begin(ada.identity)
    code = ways.code_of(enrolment.secret, world)
    await world.accounts.authenticators.add(ada.identity, enrolment, "Old phone", code, ELSEWHERE)
    world.wait(30)
    await rooms.remember(world, ada)
    async with rooms.at_home(world, ada, key=rooms.OTHER_KEY) as visitor:
        yield visitor
        async for each in _lists(visitor):
            yield each
        for key, heading, labels in (
            ("f2", rooms.PROFILE, rooms.BEHIND_PROFILE),
            ("f3", rooms.SECURITY, rooms.BEHIND_SECURITY),
        ):
            visitor.press(key)
            await _comes_to(visitor, heading)
            yield visitor
            for label in labels:
                await rooms.choose(visitor, label)
                if label == "Change names":
                    await visitor.comes_to(rooms.CONFIRM)
                    yield await _typed(visitor, f"{PASSWORD}\t123")
                    visitor.press("backspace", "backspace", "backspace")
                    visitor.fill(ada.code())
                    world.wait(30)
                await _comes_to(visitor, labels[label])
                async for each in _behind(visitor, label):
                    yield each
                await _back(visitor, heading)
            await _back(visitor, ways.HOME)


async def _lists(visitor: Visitor) -> AsyncGenerator[Visitor, None]:
    """Look through each list, and what can be done to a key."""
    for key, heading in (("f4", rooms.KEYS), ("f5", rooms.SESSIONS), ("f6", rooms.ACTIVITY)):
        visitor.press(key)
        await _comes_to(visitor, heading)
        yield await _filtered(visitor, "2")
        if heading == rooms.KEYS:
            for key_of_room, room in (("f5", "Remove a key"), ("f6", "Rename a key")):
                visitor.press(key_of_room)
                await _comes_to(visitor, room)
                yield visitor
                await _back(visitor, rooms.KEYS)
        visitor.press("escape")
        await _back(visitor, ways.HOME)


async def _behind(visitor: Visitor, label: str) -> AsyncGenerator[Visitor, None]:
    """Stay in a room of Profile or Security, and go on to what is behind it."""
    halves = {
        "Change names": "Augusta\tKing",
        "Change email": "augusta@exam",
        "Change password": "passwordpassword\tpassw",
        "Delete account": "ad",
    }
    yield await _typed(visitor, halves[label]) if label in halves else visitor
    if label == "Change email":
        visitor.press("end")
        visitor.type("ple.org\r")
        await visitor.comes_to("Confirm your new address")
        yield await _typed(visitor, "ABCD-EFG")
        await _back(visitor, "Change email")
    if label == "Authenticators":
        await rooms.choose(visitor, "Replace Old phone")
        await visitor.comes_to("Replace Old phone")
        await visitor.focuses("Code")
        yield await _typed(visitor, "123")
        visitor.press("f5")
        yield visitor
        visitor.press("escape")
        await _back(visitor, "Authenticators")
        await rooms.choose(visitor, "Remove Old phone")
        await _comes_to(visitor, "Remove an authenticator")
        yield visitor
        await _back(visitor, "Authenticators")


async def by_key(world: World) -> AsyncGenerator[Visitor, None]:
    """Sign in for who has proven a key: one that may be remembered, and one that is."""
    ada = await world.register()
    async with visiting(world, user_name="ada", key=rooms.OTHER_KEY) as visitor:
        yield await _typed(visitor, "corr\t12")
    await rooms.remember(world, ada)
    async with visiting(world, key=rooms.KEY) as visitor:
        yield await _typed(visitor, "12")


async def an_administrators(world: World) -> AsyncGenerator[Visitor, None]:
    """Into every room of administrators."""
    ada = await admins.register_admin(world)
    await admins.register_ben(world, admins.BENS)
    await world.register(user_name="cleo", email="cleo@example.org", first_name="Cleo")
    await admins.disable(world, "cleo")
    await admins.add_people(world, 40)
    use_entrance(world, Entrance.INVITE)
    async with admins.at_admin(world, ada) as visitor:
        yield visitor
        for room in (admins.PEOPLE, admins.LIVE, admins.EVERYONE, admins.MAIL):
            await admins.go_to(visitor, room)
            visitor.press("end")
            await visitor.rests()
            yield visitor
            yield await _filtered(visitor, "be")
            visitor.press("escape")
            await _back(visitor, admins.ADMIN)
        visitor.press("f6")
        await rooms.confirm(visitor, world, ada)
        await visitor.comes_to(admins.ANNOUNCE)
        yield await _typed(visitor, "The server stops at")
        await _back(visitor, admins.ADMIN)
        visitor.press("f7")
        await visitor.comes_to(admins.INVITE)
        yield await _typed(visitor, "grace@exam")
        await _back(visitor, admins.ADMIN)
        await admins.go_to_person(visitor, "cleo")
        await rooms.choose(visitor, "Enable account")
        await _comes_to(visitor, admins.ENABLE)
        yield visitor
        await _back(visitor, admins.PERSON, admins.PEOPLE)
        await _back(visitor, admins.PEOPLE, admins.ADMIN)
        await admins.go_to_person(visitor, "ben")
        yield visitor
        await rooms.choose(visitor, "Sessions")
        await _comes_to(visitor, admins.SESSIONS_OF)
        yield visitor
        visitor.press("f5")
        await _comes_to(visitor, admins.END_ONE)
        yield visitor
        await _back(visitor, admins.SESSIONS_OF, admins.PERSON)
        for label, heading in admins.QUESTIONS.items():
            await rooms.choose(visitor, label)
            await _comes_to(visitor, heading)
            yield await _typed(visitor, "be") if heading == admins.RESET else visitor
            await _back(visitor, admins.PERSON)


async def somebody_worried(world: World) -> AsyncGenerator[Visitor, None]:
    """By a Home that has as much to say, and as many ways, as there can be."""
    ada = await world.register()
    await admins.make_admin(world, ada)
    for code in ada.recovery_codes[2:]:
        await ada.sign_in(code=code, peer=FAR_AWAY)
    for _ in range(2):
        with suppress(SignInRefused):
            await ada.sign_in(password="wrong password")
        world.wait(60)
    async with visiting(world, key=rooms.KEY) as visitor:
        visitor.fill("ada", PASSWORD, ada.code(1))
        await _comes_to(visitor, ways.HOME)
        yield visitor


async def somebody_unlucky(world: World) -> AsyncGenerator[Visitor, None]:
    """By what comes over a screen when something breaks."""
    use_passwords(world, BrokenPasswords(world.passwords))
    async with visiting(world) as visitor:
        visitor.fill("ada", PASSWORD, "000000")
        await visitor.sees("Something went wrong")
        yield visitor


WALKS: dict[Walk, tuple[str, ...]] = {
    a_strangers: (
        "SignInScreen",
        "HelpScreen",
        "ForgotPasswordScreen",
        "ResetPasswordScreen",
        "CreateAccountScreen",
        "ConfirmAddressScreen",
        "AuthenticatorScreen",
        "RecoveryCodesScreen",
    ),
    a_guests: ("InviteSignInScreen", "InvitedScreen", "ClosedSignInScreen"),
    a_newcomers: ("FirstStepsScreen",),
    by_key: ("SignInScreen",),
    somebodys: (
        "HomeScreen",
        "KeysScreen",
        "RenameKeyScreen",
        "RemoveKeyScreen",
        "SessionsScreen",
        "ActivityScreen",
        "ProfileScreen",
        "ConfirmItIsYouScreen",
        "ChangeNamesScreen",
        "ChangeEmailScreen",
        "EmailCodeScreen",
        "OwnDataScreen",
        "DeleteAccountScreen",
        "SecurityScreen",
        "ChangePasswordScreen",
        "AuthenticatorsScreen",
        "NewAuthenticatorScreen",
        "RemoveAuthenticatorScreen",
        "NewRecoveryCodesScreen",
    ),
    an_administrators: (
        "AdminScreen",
        "PeopleScreen",
        "PersonScreen",
        "SessionsOfScreen",
        "EndSessionScreen",
        "EndAllScreen",
        "DisableScreen",
        "EnableScreen",
        "ResetAuthenticatorScreen",
        "LiveScreen",
        "EverybodysActivityScreen",
        "MailQueueScreen",
        "AnnounceScreen",
        "InviteScreen",
    ),
    somebody_worried: ("AdministratorsHomeScreen",),
    somebody_unlucky: ("ProblemScreen",),
}
"""The walks, and the screens that each comes by."""
