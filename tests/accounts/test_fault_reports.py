"""Mails about faults: one an hour for the same fault, whichever node has it."""

from dataclasses import dataclass

from sshauth.accounts import fault_reports
from sshauth.accounts.fault_reports import FaultReports
from sshauth.accounts.keyed_hash import KeyedHash
from sshauth.accounts.outbox import MailKind
from sshauth.accounts.throttle import Throttles
from sshauth.faults import Fault
from tests.accounts.people import SECRET_KEY, World

BROKEN = Fault(
    "session.broken",
    "ZeroDivisionError",
    ("sshauth/a.py:1 in f", "sshauth/b.py:2 in g"),
    {"incident": "1A2B3C4D"},
)


@dataclass
class Node:
    """A node that has faults."""

    world: World
    name: str = "node/1"
    admins: tuple[str, ...] = ("ops@example.org",)

    async def report(self, fault: Fault = BROKEN, before: int = 0) -> bool:
        throttles = Throttles(KeyedHash.under(SECRET_KEY, "throttle"))
        tell = self.world.mail_waiting.set
        reports = FaultReports(self.world.database, throttles, self.world.clock, self.admins, self.name, tell)
        return await reports(fault, before=before)


async def test_a_fault_is_mailed_to_everybody_who_looks_after_the_place(world: World) -> None:
    """What happened, where, how often; the mail is on its way at once."""
    node = Node(world, admins=("ops@example.org", "chief@example.org"))
    assert await node.report(before=3)
    assert world.mail_waiting.is_set()
    letters = await world.letters()
    assert [letter and letter.to for letter in letters] == ["ops@example.org", "chief@example.org"]
    letter = letters[0]
    assert letter is not None
    text = " ".join(letter.content.text.split())
    assert letter.content.subject == "Something went wrong on sshauth"
    assert "Somebody's session broke and was ended." in text
    assert "It came from node/1 on 2026-03-01 at 12:00 UTC." in text
    assert "In the log: session.broken (ZeroDivisionError)" in text
    assert "incident: 1A2B3C4D" in text
    assert "the innermost last: sshauth/a.py:1 in f sshauth/b.py:2 in g" in text
    assert "The same happened there 3 times more since the mail before." in text


async def test_a_fault_of_which_little_is_known_is_mailed_too(world: World) -> None:
    """Without empty lines for what there is not."""
    assert await Node(world).report(Fault("never.heard.of"), before=1)
    (letter,) = await world.letters()
    assert letter is not None
    assert "sshauth has logged an error." in letter.content.text
    assert "In the log: never.heard.of\n" in letter.content.text
    assert "1 time more" in letter.content.text
    assert "innermost" not in letter.content.text


async def test_fifty_same_faults_are_one_mail(world: World) -> None:
    """On whatever node; another fault has a mail of its own, and after an hour there is one more."""
    nodes = [Node(world, f"node/{number}") for number in range(5)]
    mailed = [await node.report() for node in nodes * 10]
    assert mailed == [True] + [False] * 49
    assert await world.kinds_mailed() == [MailKind.FAULT]
    assert await nodes[0].report(Fault("worker.ended"))
    world.wait(3599)
    assert not await nodes[1].report()
    world.wait(1)
    assert await nodes[1].report()
    assert len(await world.mailed()) == 3


async def test_many_different_faults_are_twenty_mails_an_hour(world: World) -> None:
    """Then the log must do; a fault that was not mailed for that reason is mailed when there is room."""
    node = Node(world)
    most = fault_reports.OF_ALL.tries
    faults = [Fault(f"fault {number}") for number in range(most + 1)]
    assert [await node.report(fault) for fault in faults] == [True] * most + [False]
    world.wait(3600)
    assert await node.report(faults[-1])
