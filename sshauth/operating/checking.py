"""What the command does and says that looks whether the database is whole."""

from collections.abc import Callable, Iterator

from sshauth.config import Settings
from sshauth.db.examine import Report, examine
from sshauth.db.migrate import head
from sshauth.operating.databases import opened
from sshauth.operating.tables import as_json, facts

EMPTY = "empty; the next start makes its tables"
OLDER = "older than this version, which wants {}. Type: sshauth db upgrade"

Say = Callable[[str], None]


async def check(settings: Settings, say: Say, *, in_json: bool) -> bool:
    """Look at all of the database and say what was found; tell whether all is well.

    Raises:
        StartError: it cannot be used.
    """
    async with opened(settings) as database:
        report = await examine(database)
    problems = {what: list(found) for what, found in _problems(report)}
    if in_json:
        values = {
            "database": report.database,
            "revision": report.revision,
            "well": not any(problems.values()),
            "problems": problems,
            "rows": dict(report.rows),
        }
        say(as_json(values))
    else:
        say(facts(list(_lines(report, problems))))
    return not any(problems.values())


def _problems(report: Report) -> Iterator[tuple[str, tuple[str, ...]]]:
    is_older = report.revision not in {None, head()}
    yield "revision", (f"{report.revision}, {OLDER.format(head())}",) if is_older else ()
    yield from report.problems.items()


def _lines(report: Report, problems: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    yield "Database", report.database
    fine = {"revision": f"{report.revision}, the newest" if report.revision else EMPTY}
    for what, found in problems.items():
        for line in found:
            yield what.capitalize(), f"WRONG: {line}"
        if not found:
            yield what.capitalize(), fine.get(what, "fine")
    counts = [f"{count} {table.replace('_', ' ')}" for table, count in report.rows.items() if count]
    yield "Rows", ", ".join(counts) or "none"
