"""Faults on their way from the log to mail: the database is asked seldom, and nothing is told twice."""

import asyncio
from dataclasses import dataclass, field

from structlog.testing import capture_logs

from sshauth import fault_mails
from sshauth.background import in_background
from sshauth.fault_mails import ASK_AGAIN_SECONDS, MOST_KINDS, FaultMails
from sshauth.faults import Fault, FaultBox

BROKEN, OTHER = Fault("session.broken"), Fault("worker.ended")


@dataclass
class Desk:
    """Somebody who mails about each fault once an hour, and a clock that tests move."""

    now: float = 1000.0
    asked: list[str] = field(default_factory=list)
    mailed: list[tuple[str, int]] = field(default_factory=list)
    failure: Exception | None = None
    again_at: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.box = FaultBox()
        self.mails = FaultMails(self.box, self.report, lambda: self.now)

    async def report(self, fault: Fault, *, before: int) -> bool:
        self.asked.append(fault.event)
        if self.failure:
            raise self.failure
        if self.now < self.again_at.get(fault.event, 0):
            return False
        self.again_at[fault.event] = self.now + 3600
        self.mailed.append((fault.event, before))
        return True


async def test_what_was_not_told_is_counted_in_the_next_mail() -> None:
    """Fifty faults in a second are one question to the database and one mail; the next says how many."""
    desk = Desk()
    for _ in range(50):
        await desk.mails.do_one(BROKEN)
    await desk.mails.do_one(OTHER)
    assert (desk.asked, desk.mailed) == (
        ["session.broken", "worker.ended"],
        [("session.broken", 0), ("worker.ended", 0)],
    )
    desk.now += ASK_AGAIN_SECONDS
    await desk.mails.do_one(BROKEN)
    desk.now += 3600
    await desk.mails.do_one(BROKEN)
    assert desk.mailed[2:] == [("session.broken", 50)]
    desk.now += 3600
    await desk.mails.do_one(BROKEN)
    assert desk.mailed[3:] == [("session.broken", 0)]


async def test_a_report_that_fails_is_a_line_of_the_log_and_no_fault() -> None:
    """It would come back here; the fault is told a minute later."""
    desk = Desk(failure=OSError("no route"))
    with capture_logs() as logged:
        await desk.mails.do_one(BROKEN)
    assert logged == [
        {"event": "fault.not_mailed", "fault": "session.broken", "reason": "OSError", "log_level": "warning"}
    ]
    desk.failure = None
    desk.now += ASK_AGAIN_SECONDS
    await desk.mails.do_one(BROKEN)
    assert desk.mailed == [("session.broken", 1)]


async def test_many_kinds_are_forgotten_in_the_end() -> None:
    """What is kept of them does not grow."""
    desk = Desk()
    for number in range(2 * MOST_KINDS):
        await desk.mails.do_one(Fault(str(number)))
    assert len(desk.mails._ask_at) <= MOST_KINDS + 1


async def test_faults_are_taken_as_they_come() -> None:
    """Until it is told to stop."""
    desk = Desk()
    async with in_background(desk.mails.run()), asyncio.timeout(5):
        desk.box.put(BROKEN)
        desk.box.put(OTHER)
        while len(desk.mailed) < 2:
            await asyncio.sleep(0)


async def test_where_nobody_is_to_hear_of_faults_there_is_nothing_to_do() -> None:
    """Without ADMINS."""
    from sshauth.config import Settings  # noqa: PLC0415 - it reads the environment

    settings = Settings()
    assert fault_mails.box_of(settings) is None
    await fault_mails.mail_faults_alone(None, settings, "")
