"""An operator at the command line, and somebody for whom they make an account."""

from sshauth.accounts.audit import Audit
from sshauth.accounts.console import Console, Newcomer, SetUpCode
from sshauth.accounts.enrolment import Enrolment
from sshauth.accounts.first_steps import Chosen, FirstForm
from sshauth.accounts.keyed_hash import KeyedHash
from sshauth.accounts.peer import COMMAND_LINE, Peer
from sshauth.db.tables import User
from tests.accounts.people import HERE, PASSWORD, Person, World
from tests.support.secrets import note

MACHINE = Peer("db1.example.org", client=COMMAND_LINE)
GRACE = Newcomer("grace", "grace@example.org")


def console(world: World) -> Console:
    """Give what commands have."""
    audit = Audit(KeyedHash.under("a key", "failures"))
    return Console(world.database, audit, world.accounts.mailed_codes, world.clock, "sshauth", MACHINE)


def agree(user: User) -> None:
    """Agree to whatever is asked."""
    assert user.user_name


async def make(world: World, newcomer: Newcomer = GRACE, *, is_shown: bool = True) -> SetUpCode:
    """Make an account for somebody."""
    made = await console(world).create(newcomer, is_shown=is_shown)
    note(made.code)
    return made


async def begin(world: World, code: str, password: str = "", peer: Peer = HERE) -> Enrolment:
    """Give the code of an account that was made for Grace."""
    enrolment = await world.accounts.renewal.begin("grace", password, code, peer)
    note(enrolment.secret)
    return enrolment


async def choose(world: World, enrolment: Enrolment, **changes: str) -> Chosen:
    """Choose names and a password, good ones unless told otherwise."""
    values = {"first_name": "Grace", "last_name": "Hopper", "password": PASSWORD, "repeat_password": PASSWORD}
    note(PASSWORD)
    return await world.accounts.renewal.first_steps.choose(enrolment, FirstForm(**(values | changes)), HERE)


async def settle(world: World, code: str) -> Person:
    """Set the account up, the whole way, and let the next code come."""
    grace = Person(world, await begin(world, code))
    chosen = await choose(world, grace.enrolment)
    registered = await world.accounts.renewal.confirm(grace.enrolment, grace.code(), HERE, chosen)
    grace.identity, grace.recovery_codes = registered.identity, registered.recovery_codes
    note(*grace.recovery_codes)
    world.wait(30)
    return grace
