"""Inviting people, as operators do it by command."""

from datetime import timedelta

from sshauth.accounts.entrance import Entrance, EntrancePolicy
from sshauth.accounts.invitations import OperatorInvitations
from sshauth.accounts.peer import COMMAND_LINE, Peer
from tests.accounts.people import World
from tests.support.secrets import note

MACHINE = Peer("auth.example.org", client=COMMAND_LINE)
GRACE = "grace@example.org"
DAY = timedelta(days=1).total_seconds()


def use_entrance(world: World, entrance: Entrance, *domains: str) -> None:
    """Let people in otherwise, as after a restart with other settings."""
    world.use(entrance=EntrancePolicy(entrance, domains, "it@example.org"))


def by_command(world: World) -> OperatorInvitations:
    """Give the use cases of operators, as the command makes them."""
    return OperatorInvitations(world.database, world.accounts.invitations.inviting, world.clock, MACHINE)


async def mail_invitation(world: World, email: str = GRACE) -> str:
    """Invite somebody by mail, and give the code that they read there."""
    await by_command(world).invite(email, is_shown=False)
    return await world.mailed_code()


async def show_invitation(world: World, email: str = GRACE) -> str:
    """Invite somebody, and give the code that the operator reads."""
    invited = await by_command(world).invite(email, is_shown=True)
    note(invited.code)
    return invited.code
