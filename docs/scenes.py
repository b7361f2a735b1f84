"""The ways by every screen that there is, with stops where a picture is taken."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from textual.widgets import Button

from sshauth.accounts.entrance import Entrance
from sshauth.accounts.peer import Peer, ProvenKey
from sshauth.db.tables import OutgoingMail
from sshauth.tui.app import AuthApp
from tests.accounts.inviting import use_entrance
from tests.accounts.operators import make
from tests.accounts.people import ELSEWHERE, PASSWORD, Person, World
from tests.tui import admins, rooms, ways
from tests.tui.edges import BrokenPasswords, use_passwords
from tests.tui.visitor import ADDRESS, HOST, Visitor, visiting

Size = tuple[int, int]
Take = Callable[[Visitor, str], Awaitable[None]]

SMALL = (80, 24)
"""Up to this size one key changes between the QR code and the form."""
MOTD = "Maintenance on Sunday from 8 to 9 in the morning.\nQuestions? Write to help@example.org."
WRONG_INVITATION = "ABCD-EFGH-JKMN-PQRS"
PUTTY = Peer("2001:db8:1234:5678:9abc:def0:1234:5678", client="SSH-2.0-PuTTY_Release_0.78")


async def at_the_door(world: World, size: Size, take: Take) -> None:
    """Sign in: as it comes, refused, helped, with words over it."""
    async with visiting_with_words(world, size) as visitor:
        await visitor.comes_to(ways.SIGN_IN)
        await take(visitor, "sign in")
        visitor.press("f1")
        await visitor.comes_to(f"Help: {ways.SIGN_IN}")
        await take(visitor, "help")
        visitor.press("escape")
        visitor.press("f6")
        await visitor.sees("recovery codes")
        await take(visitor, "lost phone")
    async with visiting(world, size=size) as visitor:
        visitor.fill("ada", PASSWORD, "000000")
        await visitor.sees("is wrong")
        await take(visitor, "refused")
        visitor.app.notice("Still there? In 1 minute you will be signed out. Press any key to stay.")
        await visitor.sees("Still there?")
        await take(visitor, "still there")
        visitor.app.database_lost()
        await visitor.sees("One moment")
        await take(visitor, "one moment")
    passwords = world.passwords
    use_passwords(world, BrokenPasswords(passwords))
    async with visiting(world, size=size) as visitor:
        visitor.fill("ada", PASSWORD, "000000")
        await visitor.sees("Incident")
        await take(visitor, "something went wrong")
    use_passwords(world, passwords)


async def by_invitation(world: World, size: Size, take: Take) -> None:
    """See a place that takes an invitation, and one where nobody creates an account."""
    use_entrance(world, Entrance.INVITE)
    async with visiting(world, size=size) as visitor:
        await ways.go_to(visitor, ways.CREATE_ACCOUNT)
        await take(visitor, "create account by invitation")
        visitor.fill(WRONG_INVITATION, *ways.ADA)
        await visitor.sees("That invitation is wrong")
        await take(visitor, "wrong invitation")
    use_entrance(world, Entrance.CLOSED)
    async with visiting(world, size=size) as visitor:
        await take(visitor, "sign in where it is closed")


async def first_steps(world: World, size: Size, take: Take) -> None:
    """Set up an account that an operator made."""
    made = await make(world)
    async with visiting(world, user_name="grace", size=size) as visitor:
        visitor.fill("", made.code)
        await visitor.comes_to("Set up your account")
        await take(visitor, "set up your account")
        visitor.type("Grace\tHopper\tgrace@example.org")
        await visitor.sees("Weak")
        await take(visitor, "set up your account weak")


async def with_a_key(world: World, size: Size, take: Take) -> None:
    """Sign in with a key that may be remembered, and with one that is."""
    ada = await world.register()
    async with visiting(world, user_name="ada", key=rooms.KEY, size=size) as visitor:
        visitor.type("\t\t ")
        await visitor.sees("Next time")
        await take(visitor, "remember this key")
    await rooms.remember(world, ada)
    async with visiting(world, key=rooms.KEY, size=size) as visitor:
        await take(visitor, "key recognised")
        visitor.fill(ada.wrong_code())
        await visitor.sees("That code is wrong, or refused for now.")
        await take(visitor, "key and wrong code")


async def registering(world: World, size: Size, take: Take) -> None:
    """From Create account to Home."""
    world.use(mail_goes_out=True)
    async with visiting(world, user_name="ada", size=size) as visitor:
        await ways.go_to(visitor, ways.CREATE_ACCOUNT)
        await take(visitor, "create account")
        visitor.press(*["enter"] * len(ways.ADA))
        await visitor.sees("Please fill this in.")
        await take(visitor, "create account told")
        visitor.press("escape")
        await visitor.comes_to(ways.SIGN_IN)
        await ways.go_to(visitor, ways.CREATE_ACCOUNT)
        visitor.type("\t".join((*ways.ADA[:4], "passwordpassword")))
        await visitor.sees("Weak")
        await take(visitor, "create account weak")
        visitor.press(*["backspace"] * len("passwordpassword"))
        visitor.type(f"{PASSWORD}\t{PASSWORD}")
        visitor.press("f4")
        await visitor.sees("Strong")
        await take(visitor, "create account shown")
        visitor.press("enter")
        await visitor.comes_to(ways.ADDRESS)
        await take(visitor, "confirm address")
        visitor.fill(await world.mailed_code())
        await setting_up(world, visitor, size, take)
        await take(visitor, "home for the first time")


async def setting_up(world: World, visitor: Visitor, size: Size, take: Take) -> None:
    """Set the authenticator up, and keep the recovery codes."""
    await visitor.comes_to(ways.AUTHENTICATOR)
    await take(visitor, "authenticator")
    if size < SMALL:
        visitor.press("f6")
        await visitor.until(lambda: visitor.scan() is not None, "the QR code")
        await take(visitor, "authenticator alone")
    secret = ways.secret_on(visitor)
    if size < SMALL:
        visitor.press("f6")
    visitor.press("f5")
    await visitor.sees("Secret")
    await take(visitor, "authenticator by hand")
    visitor.press("f5")
    visitor.type("000000")
    await visitor.sees("set automatically?")
    await take(visitor, "authenticator wrong code")
    visitor.press(*["backspace"] * 6)
    visitor.type(ways.code_of(secret, world))
    await visitor.comes_to(ways.CODES)
    await take(visitor, "recovery codes")
    visitor.press("escape")
    await visitor.sees("Leave all the same?")
    await take(visitor, "recovery codes leaving")
    codes = ways.codes_on(visitor)
    visitor.press("f6")
    number = await ways.asked_for(visitor)
    await take(visitor, "recovery code asked")
    visitor.fill(codes[number])
    await visitor.comes_to(ways.HOME)
    await rooms.rests(visitor)


async def forgetting(world: World, size: Size, take: Take) -> None:
    """Forgot password, and what follows."""
    await world.register()
    async with visiting(world, user_name="ada", size=size) as visitor:
        await ways.go_to(visitor, ways.FORGOT)
        await take(visitor, "forgot password")
        visitor.press("enter")
        await visitor.comes_to(ways.RESET)
        visitor.type("7Y2A4")
        await take(visitor, "reset password")
        visitor.press(*["enter"] * 5)
        await visitor.sees("Please fill this in.")
        await take(visitor, "reset password told")


async def at_home(world: World, size: Size, take: Take) -> None:
    """Home, and each room behind it."""
    world.use(mail_goes_out=True)
    ada = await world.register()
    for code in ada.recovery_codes[3:]:
        await ada.sign_in(code=code)
    async with rooms.at_home(world, ada, size=size) as visitor:
        await take(visitor, "home with warnings")
        visitor.press("f1")
        await visitor.comes_to("Help: Welcome")
        await take(visitor, "help at home")
        visitor.press("escape")
        await rooms.is_home(visitor)
        visitor.app.announced("The server stops at 18:00. It is back at 19:00.")
        await visitor.sees("From the administrators")
        await take(visitor, "announcement")
        visitor.press("escape")
        await rooms.go_to_profile(visitor)
        await take(visitor, "profile")
        visitor.press("escape")
        await rooms.is_home(visitor)
        await rooms.go_to_security(visitor)
        await take(visitor, "security")
        visitor.press("enter")
        await visitor.comes_to(rooms.CONFIRM)
        await take(visitor, "confirm it is you")
    for label in rooms.ROOMS:
        async with rooms.at_home(world, ada, size=size) as visitor:
            await rooms.go_in(visitor, world, ada, label)
            await rooms.rests(visitor)
            await take(visitor, label.lower())
            if label == "Change email":
                visitor.fill("augusta@example.org")
                await visitor.sees("A code went to")
                await take(visitor, "confirm new address")


async def with_two_authenticators(world: World, size: Size, take: Take) -> None:
    """See the list with two, another, and what is said before one is removed."""
    ada = await rooms.register_who_kept_codes(world)
    await ada.confirm_it_is_me()
    enrolment = await world.accounts.authenticators.begin(ada.identity)
    code = Person(world, enrolment).code()
    await world.accounts.authenticators.add(ada.identity, enrolment, "Old phone", code, PUTTY)
    async with rooms.at_home(world, ada, size=size) as visitor:
        await rooms.go_in(visitor, world, ada, "Authenticators")
        await visitor.sees("Remove Old phone")
        await take(visitor, "two authenticators")
        await rooms.choose(visitor, "Replace Old phone")
        await visitor.comes_to("Replace Old phone")
        await take(visitor, "new authenticator")
        visitor.press("escape")
        await visitor.comes_to("Authenticators")
        await rooms.choose(visitor, "Remove Old phone")
        await visitor.comes_to("Remove an authenticator")
        await take(visitor, "remove an authenticator")


async def with_lists(world: World, size: Size, take: Take) -> None:
    """Sessions, Activity and Keys: full, filtered, empty."""
    ada = await rooms.register_who_kept_codes(world)
    await world.accounts.sessions.end(ada.identity, ada.identity.session_id, PUTTY)
    world.wait(3 * 24 * 60 * 60)
    await ada.sign_in(peer=PUTTY)
    world.wait(12 * 60)
    async with rooms.at_home(world, ada, size=size, time_zone="Europe/Berlin") as visitor:
        for heading in (rooms.SESSIONS, rooms.ACTIVITY, rooms.KEYS):
            await into(visitor, heading)
            visitor.press("down")
            await take(visitor, f"{heading.lower()}{' none' if heading == rooms.KEYS else ''}")
            if heading == rooms.SESSIONS:
                visitor.type("putty")
                await visitor.sees("Filter")
                await take(visitor, "sessions filtered")
                visitor.type("x")
                await visitor.rests()
                await take(visitor, "sessions no match")
                visitor.press("escape")
            visitor.press("escape")
            await rooms.is_home(visitor)
    await with_keys(world, ada, size, take)


async def with_keys(world: World, ada: Person, size: Size, take: Take) -> None:
    """Three keys."""
    await rooms.remember(world, ada, rooms.OTHER_KEY)
    world.wait(3 * 24 * 60 * 60)
    await rooms.remember(world, ada, rooms.KEY)
    await rooms.remember(world, ada, ProvenKey("sk-ssh-ed25519@openssh.com", f"SHA256:{'Q' * 43}"))
    async with rooms.at_home(world, ada, size=size, key=rooms.KEY) as visitor:
        await into(visitor, rooms.KEYS)
        visitor.press("down")
        await visitor.rests()
        await take(visitor, "keys")
        for key, heading in (("f6", "Rename a key"), ("f5", "Remove a key")):
            visitor.press(key)
            await visitor.comes_to(heading)
            await rooms.rests(visitor)
            await take(visitor, heading.lower())
            visitor.press("escape")
            await visitor.comes_to(rooms.KEYS)


async def into(visitor: Visitor, heading: str) -> None:
    """Go from Home to a room by its button."""
    labels = [str(button.label) for button in visitor.app.screen.query(Button)]
    (label,) = {each for each in labels if heading in each}
    await visitor.click(label)
    await visitor.comes_to(heading)
    await rooms.rests(visitor)


async def in_admin(world: World, size: Size, take: Take) -> None:
    """Admin, its lists, and what can be done to a person."""
    ada = await admins.register_admin(world)
    await admins.register_ben(world, admins.BENS, PUTTY)
    await world.register(user_name="cleo", email="cleo@example.org", first_name="Cleo", peer=ELSEWHERE)
    await admins.disable(world, "cleo")
    await admins.give_up_mails(world)
    use_entrance(world, Entrance.INVITE)
    async with world.database.transaction() as session:
        due_at = world.now + timedelta(minutes=40)
        session.add(OutgoingMail(kind="reset-code", data={}, created_at=world.now, due_at=due_at, tries=3))
    async with admins.at_admin(world, ada, size=size) as visitor:
        await take(visitor, "admin")
        for room in admins.WAYS:
            await admins.go_to(visitor, room)
            visitor.press("down")
            await take(visitor, f"admin {room.lower()}")
            await back(visitor, admins.ADMIN)
        visitor.press("f6")
        await rooms.confirm(visitor, world, ada)
        await visitor.comes_to(admins.ANNOUNCE)
        visitor.type("The server stops at 18:00. It is back at 19:00.")
        await take(visitor, "admin announce")
        await back(visitor, admins.ADMIN)
        visitor.press("f7")
        await visitor.comes_to(admins.INVITE)
        visitor.type("grace@example.org")
        await take(visitor, "admin invite")
        await back(visitor, admins.ADMIN)
        await with_a_person(visitor, take)


async def with_a_person(visitor: Visitor, take: Take) -> None:
    """See what can be done to them."""
    await admins.go_to_person(visitor, "ben")
    await take(visitor, "admin person")
    for label, heading in {"Sessions": admins.SESSIONS_OF, **admins.QUESTIONS}.items():
        await rooms.choose(visitor, label)
        await visitor.comes_to(heading)
        await rooms.rests(visitor)
        await take(visitor, f"admin {heading.lower()}")
        await back(visitor, admins.PERSON)


async def back(visitor: Visitor, heading: str) -> None:
    """Go back to a room."""
    visitor.press("escape")
    await visitor.comes_to(heading)
    await rooms.rests(visitor)


@asynccontextmanager
async def visiting_with_words(world: World, size: Size) -> AsyncIterator[Visitor]:
    """Let somebody connect where the operator has something to say."""
    app = AuthApp(world.accounts, Peer(ADDRESS, "ada"), app_name="sshauth", motd=MOTD)
    HOST._prepare(app)  # noqa: SLF001 - as the tests do
    async with app.run_test(size=size) as pilot:
        yield Visitor(app, pilot)


ALL = (
    at_the_door,
    by_invitation,
    first_steps,
    with_a_key,
    registering,
    forgetting,
    at_home,
    with_two_authenticators,
    with_lists,
    in_admin,
)
