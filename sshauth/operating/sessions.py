"""What the command about live sessions says."""

from collections.abc import Callable

from sshauth.accounts.admin_views import LiveInfo, live_sessions
from sshauth.accounts.clock import utc_now
from sshauth.accounts.peer import client_in_a_list
from sshauth.config import Settings
from sshauth.operating.accounts import id_of, reached
from sshauth.operating.tables import as_json, moment, table
from sshauth.times import spoken_length

Say = Callable[[str], None]

HEADINGS = ("USER NAME", "ADDRESS", "CLIENT", "NODE", "SINCE (UTC)", "IDLE")


async def show(settings: Settings, user_name: str, limit: int, say: Say, warn: Say, *, in_json: bool) -> None:
    """Say who is signed in, on all nodes, the newest session first.

    Raises:
        GoneAway: nobody has that user name.
        StartError: the database cannot be used.
    """
    async with reached(settings) as it:
        of = await id_of(it.database, user_name) if user_name else None
        async with it.database.transaction() as session:
            live = await live_sessions(session, of=of, limit=limit + 1)
    if len(live) > limit:
        warn(f"Only the newest {limit} are shown: --limit shows more.")
    if in_json:
        say(as_json([_as_fields(each) for each in live[:limit]]))
    elif live:
        say(table(HEADINGS, [_row(each) for each in live[:limit]]))
    else:
        say(f"{user_name} is not signed in." if user_name else "Nobody is signed in.")


def _as_fields(each: LiveInfo) -> dict[str, object]:
    names = ("id", "user_id", "user_name", "address", "client", "node", "started_at", "last_input_at")
    return {name: getattr(each, name) for name in names}


def _row(each: LiveInfo) -> list[str]:
    idle = spoken_length(utc_now() - each.last_input_at)
    client = client_in_a_list(each.client)
    return [each.user_name, each.address, client, each.node, moment(each.started_at), idle]
