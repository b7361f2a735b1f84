"""Somebody who loses their authenticator, and an administrator who resets it."""

from sqlalchemy import update

from sshauth.accounts.enrolment import Enrolment, Registered
from sshauth.accounts.peer import Peer
from sshauth.db.tables import User
from tests.accounts.people import HERE, PASSWORD, Person, World
from tests.support.secrets import note

OFFICE = Peer("203.0.113.9", client="SSH-2.0-office")
DAY = 24 * 60 * 60


async def an_admin(world: World, user_name: str = "grace") -> Person:
    """Give an administrator who has confirmed a moment ago."""
    admin = await world.register(user_name=user_name, email=f"{user_name}@example.org", peer=OFFICE)
    async with world.database.transaction() as session:
        is_it = User.id == admin.identity.user_id
        await session.execute(update(User).where(is_it).values(is_admin=True))
    await admin.confirm_it_is_me(peer=OFFICE)
    return admin


async def take_away(admin: Person, person: Person, name: str | None = None) -> None:
    """Reset somebody's authenticator, rightly unless told otherwise."""
    await admin.world.accounts.administration.reset_authenticator(
        admin.identity, person.identity.user_id, person.user_name if name is None else name, OFFICE
    )


async def lose(person: Person, admin: Person | None = None) -> str:
    """Have somebody's authenticator reset; give the code mailed to them."""
    await take_away(admin or await an_admin(person.world), person)
    return await person.world.mailed_code()


async def begin(
    person: Person, code: str, *, login: str = "", password: str = PASSWORD, peer: Peer = HERE
) -> Enrolment:
    """Give password and mailed code, rightly unless told otherwise."""
    note(password)
    enrolment = await person.world.accounts.renewal.begin(login or person.user_name, password, code, peer)
    note(enrolment.secret)
    return enrolment


async def confirm(
    world: World, enrolment: Enrolment, code: str | None = None, peer: Peer = HERE
) -> Registered:
    """Give the first code of a new authenticator, rightly unless told otherwise."""
    code = Person(world, enrolment).code() if code is None else code
    registered = await world.accounts.renewal.confirm(enrolment, code, peer)
    note(*registered.recovery_codes)
    return registered


async def renew(person: Person, code: str, peer: Peer = HERE) -> Person:
    """Set up anew, the whole way, and let the next code come; give the person with the new authenticator."""
    renewed = Person(person.world, await begin(person, code, peer=peer))
    registered = await confirm(person.world, renewed.enrolment, peer=peer)
    renewed.identity, renewed.recovery_codes = registered.identity, registered.recovery_codes
    person.world.wait(30)
    return renewed
