"""What docs/log.md and docs/monitoring.md promise is what there is."""

import ast
import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path

import sshauth
from sshauth.logs import FIRST
from sshauth.mail.fault_notices import HAPPENED

PACKAGE = Path(sshauth.__file__).parent
ROOT = PACKAGE.parent
LOG, MONITORING = ROOT / "docs/log.md", ROOT / "docs/monitoring.md"
EVENT = re.compile(r"[a-z_]+\.[a-z_]+")
ERRORS = {"error", "exception"}
LEVELS = {"debug", "info", "warning", "tell", *ERRORS}
"""What logs: `tell` is one or the other of these."""


def first_words(file: Path, heading: str) -> str:
    """Give the first cells of the table under a heading."""
    section = file.read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return "\n".join(re.findall(r"^\| (.+?) \|", section, re.MULTILINE))


def events_in(tree: ast.AST, levels: AbstractSet[str]) -> Iterator[str]:
    """Give the names of all events that a module logs at some levels."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and levels & {name_of(node.func), *map(name_of, node.args[:1])}:
            words = [each for given in node.args[:2] for each in ast.walk(given)]
            values = (each.value for each in words if isinstance(each, ast.Constant))
            yield from (value for value in values if isinstance(value, str) and EVENT.fullmatch(value))


def name_of(called: ast.expr) -> str:
    """Give the last name of what is called, by itself or by what it is handed to."""
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


def logged_at(levels: AbstractSet[str]) -> AbstractSet[str]:
    """Give the names of all events that are logged at some levels."""
    trees = (ast.parse(file.read_text()) for file in PACKAGE.rglob("*.py"))
    return {event for tree in trees for event in events_in(tree, levels)}


def test_every_event_is_told_of_in_the_guide_to_the_log() -> None:
    """Under the name that it has, and none that there is not."""
    logged = logged_at(LEVELS)
    told = set(re.findall(r"`([a-z_]+\.[a-z_]+)`", first_words(LOG, "Events")))
    assert logged - told == set(), "docs/log.md lacks these"
    assert told - logged == set(), "docs/log.md tells of what is not logged"


def test_the_mail_about_faults_has_words_for_every_error() -> None:
    """And for nothing else."""
    assert HAPPENED.keys() == logged_at({"tell", *ERRORS})


def test_the_beginning_of_a_line_is_as_the_guide_has_it() -> None:
    """In this order."""
    assert tuple(re.findall(r"`(\w+)`", first_words(LOG, "What stands in a line"))) == FIRST


def test_every_alert_says_what_to_do() -> None:
    """Each that rings is in the guide."""
    alerts = re.findall(r"- alert: (\w+)", (ROOT / "deploy/prometheus/alerts.yml").read_text())
    assert re.findall(r"`(\w+)`", first_words(MONITORING, "Alerts")) == alerts
