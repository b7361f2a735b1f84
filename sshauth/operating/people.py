"""What the commands say that look at accounts."""

from collections.abc import Callable
from dataclasses import asdict
from functools import partial

from sqlalchemy import func, select

from sshauth.accounts.admin_views import Person, find_people, find_person
from sshauth.accounts.clock import utc_now
from sshauth.accounts.errors import GoneAway
from sshauth.accounts.key_rows import count_keys
from sshauth.accounts.lookup import hold_by_name
from sshauth.accounts.recovery import count_codes
from sshauth.config import Settings
from sshauth.db.tables import User
from sshauth.operating.accounts import known, reached
from sshauth.operating.tables import as_json, facts, moment, table

Say = Callable[[str], None]

NOBODY = "Nobody has an account yet."
NOBODY_FOUND = "Nobody is found by that."
HEADINGS = ("USER NAME", "NAME", "EMAIL", "CREATED", "LAST SIGN-IN (UTC)", "LIVE", "STATE")


async def show_all(
    settings: Settings, search: str, limit: int, say: Say, warn: Say, *, in_json: bool
) -> None:
    """Say who has an account, by user name.

    Raises:
        StartError: the database cannot be used.
    """
    async with reached(settings) as it, it.database.transaction() as session:
        people = await find_people(session, search, utc_now(), by_name=True, limit=limit + 1)
        total = await session.scalar(select(func.count()).select_from(User)) or 0
    if len(people) > limit:
        of = f" of {total}" if not search else ""
        warn(f"Only the first {limit}{of} are shown: --limit shows more, --search fewer.")
    shown = people[:limit]
    if in_json:
        say(as_json([_as_fields(each) for each in shown]))
    elif shown:
        say(table(HEADINGS, [_row(each) for each in shown]))
    else:
        say(NOBODY_FOUND if search and total else NOBODY)


async def show(settings: Settings, user_name: str, say: Say, *, in_json: bool) -> None:
    """Say all about one account, but no secret.

    Raises:
        GoneAway: nobody has that user name.
        StartError: the database cannot be used.
    """
    async with reached(settings) as it:
        with known(user_name):
            async with it.database.transaction() as session:
                user_id = (await hold_by_name(session, user_name)).id
                person = await find_person(session, user_id, utc_now())
                keys, codes = await count_keys(session, user_id), await count_codes(session, user_id)
            if person is None:
                raise GoneAway
    more = {"ssh_keys": keys, "recovery_codes": codes}
    say(as_json({**_as_fields(person), **more}) if in_json else facts(_facts(person, **more)))


def _row(person: Person) -> list[str]:
    return [
        person.user_name,
        _names(person),
        person.email,
        f"{person.created_at:%Y-%m-%d}",
        moment(person.last_sign_in_at, "never"),
        str(person.live_sessions),
        ", ".join(_marks(person)),
    ]


def _names(person: Person) -> str:
    return f"{person.first_name} {person.last_name}".strip()


def _marks(person: Person) -> list[str]:
    marks = ["administrator"] * person.is_admin + ["disabled"] * (person.disabled_at is not None)
    if not person.is_set_up:
        return [*marks, "not set up yet"]
    return marks + ["no authenticator"] * (not person.authenticators)


def _as_fields(person: Person) -> dict[str, object]:
    return {**asdict(person), "state": _marks(person)}


def _facts(person: Person, *, ssh_keys: int, recovery_codes: int) -> list[tuple[str, str]]:
    at = partial(moment, otherwise="never")
    return [
        ("User name", person.user_name),
        ("Name", _names(person) or "not chosen yet"),
        ("Email", person.email),
        ("Id", str(person.id)),
        ("State", ", ".join(_marks(person)) or "in use"),
        ("Created", f"{at(person.created_at)} UTC"),
        ("Disabled", f"{at(person.disabled_at)} UTC" if person.disabled_at else "no"),
        ("Last sign-in", f"{at(person.last_sign_in_at)} UTC" if person.last_sign_in_at else "never"),
        ("Live sessions", str(person.live_sessions)),
        ("Authenticators", str(person.authenticators)),
        ("Recovery codes", str(recovery_codes)),
        ("SSH keys", str(ssh_keys)),
        ("Set-up code", "waits to be used" if person.reset_waits else "none"),
    ]
