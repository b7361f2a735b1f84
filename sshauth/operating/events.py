"""What the command about the audit log says. The log keeps ids; names are looked up as they are now."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sshauth.accounts.admin_activity import PersonHappening, everybodys_activity
from sshauth.accounts.audit import Happened
from sshauth.accounts.errors import InvalidForm
from sshauth.accounts.peer import client_in_a_list
from sshauth.config import Settings
from sshauth.operating.accounts import id_of, reached
from sshauth.operating.tables import as_json, table

Say = Callable[[str], None]

HEADINGS = ("TIME (UTC)", "USER NAME", "WHAT", "ADDRESS", "CLIENT")
NOTHING = "There is no such event."


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events are wanted; the newest of them."""

    user_name: str
    kind: str
    since: datetime | None
    limit: int


async def show(settings: Settings, wanted: Wanted, say: Say, warn: Say, *, in_json: bool) -> None:
    """Say what happened to accounts, the newest first.

    Raises:
        InvalidForm: there is no such kind of event.
        GoneAway: nobody has that user name.
        StartError: the database cannot be used.
    """
    kind = _kind(wanted.kind)
    async with reached(settings) as it:
        of = await id_of(it.database, wanted.user_name) if wanted.user_name else None
        async with it.database.transaction() as session:
            limit = wanted.limit + 1
            found = await everybodys_activity(session, limit, of=of, kind=kind, since=wanted.since)
    if len(found) > wanted.limit:
        warn(f"Only the newest {wanted.limit} are shown: --limit shows more.")
    events = found[: wanted.limit]
    if in_json:
        say(as_json(events))
    else:
        say(table(HEADINGS, [_row(each) for each in events]) if events else NOTHING)


def _kind(text: str) -> Happened | None:
    try:
        return Happened(text) if text else None
    except ValueError:
        kinds = ", ".join(sorted(Happened))
        raise InvalidForm({"kind": f"There is no such event. There are {kinds}."}) from None


def _row(each: PersonHappening) -> list[str]:
    client = client_in_a_list(each.client) if each.client else ""
    return [f"{each.at:%Y-%m-%d %H:%M:%S}", each.user_name, each.words, each.address, client]
