"""What `sshauth doctor` does and says."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from sshauth.config import Reading, Settings
from sshauth.operating.doctor import database, files, network, settings
from sshauth.operating.doctor.finding import Finding, Findings, Look, State, all_found_by, found_by, unknown
from sshauth.operating.tables import as_json, table

MARKS = {State.OK: "ok", State.HINT: "hint", State.WRONG: "WRONG", State.UNKNOWN: "?"}
HEADINGS = ("", "LOOKED AT", "FOUND")
LONGEST_OF_DATABASE = 60.0
"""Seconds: for all looks at it together, one after the other."""

Say = Callable[[str], None]


async def examine(reading: Reading, say: Say, *, in_json: bool) -> bool:
    """Look at everything, say a line of each, and tell whether all is well."""
    findings = await look_at_all(reading)
    is_well = not any(finding.state is State.WRONG for finding in findings)
    if in_json:
        say(as_json({"well": is_well, "findings": findings}))
    else:
        say(table(HEADINGS, [(MARKS[each.state], each.look, _words(each)) for each in findings]))
        say(_summary(findings))
    return is_well


async def look_at_all(reading: Reading) -> list[Finding]:
    """Look at everything, at once where that can be; nothing is changed."""
    of_database = asyncio.create_task(_database_and_host_keys(reading))
    first = await all_found_by(_first(reading))
    return [*first, *await of_database, *await all_found_by(_last(reading.settings))]


def _first(reading: Reading) -> Iterator[Look]:
    of = reading.settings
    yield settings.CONFIGURATION, partial(settings.configuration, reading)
    yield ".env file", partial(settings.env_file, reading)
    yield files.DATA, partial(files.data_dir, of)
    yield files.OWNERS, partial(files.owners, of)
    yield files.DISK, partial(files.disk_space, of)
    yield files.MOTD, partial(files.motd_file, of)


def _last(of: Settings) -> Iterator[Look]:
    yield network.MAIL, partial(network.mail_server, of)
    yield network.PORT, partial(network.port, of)
    yield network.ADDRESS, partial(network.public_address, of)


async def _database_and_host_keys(reading: Reading) -> Findings:
    have_people: bool | None = None

    async def look() -> Findings:
        nonlocal have_people
        looked = await database.look(reading.settings)
        have_people = looked.have_people
        return looked.findings

    if "database_url" in reading.wrong:
        found: Sequence[Finding] = [unknown(database.DATABASE, "DATABASE_URL is wrong")]
    else:
        found = await found_by((database.DATABASE, look), LONGEST_OF_DATABASE)
    host_keys = partial(files.host_keys, reading.settings, have_people=have_people)
    return [*found, *await found_by((files.HOST_KEYS, host_keys))]


def _words(finding: Finding) -> str:
    return f"{finding.said}. {finding.to_do}".strip() if finding.to_do else finding.said


def _summary(findings: Sequence[Finding]) -> str:
    count = sum(finding.state is State.WRONG for finding in findings)
    if not count:
        return "All is well."
    return "1 thing is wrong." if count == 1 else f"{count} things are wrong."
