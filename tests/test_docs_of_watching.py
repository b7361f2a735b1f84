"""What docs/log.md and docs/monitoring.md promise is what there is."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import sshauth
from sshauth.logs import FIRST
from sshauth.mail.fault_notices import HAPPENED

PACKAGE = Path(sshauth.__file__).parent
ROOT = PACKAGE.parent
LOG, MONITORING = ROOT / "docs/log.md", ROOT / "docs/monitoring.md"
EVENT = re.compile(r"[a-z_]+\.[a-z_]+")
LEVELS = {"debug", "info", "warning", "error", "exception"}


def first_words(file: Path, heading: str) -> str:
    """Give the first cells of the table under a heading."""
    section = file.read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return "\n".join(re.findall(r"^\| (.+?) \|", section, re.MULTILINE))


def events_in(tree: ast.AST) -> Iterator[str]:
    """Give the names of all events that a module logs."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LEVELS:
            words = (
                [each for each in ast.walk(node.args[0]) if isinstance(each, ast.Constant)]
                if node.args
                else []
            )
            yield from (str(each.value) for each in words if EVENT.fullmatch(str(each.value)))


def test_every_event_is_told_of_in_the_guide_to_the_log() -> None:
    """Under the name that it has, and none that there is not."""
    logged = {event for file in PACKAGE.rglob("*.py") for event in events_in(ast.parse(file.read_text()))}
    told = set(re.findall(r"`([a-z_]+\.[a-z_]+)`", first_words(LOG, "Events")))
    assert logged - told == set(), "docs/log.md lacks these"
    assert told - logged == set(), "docs/log.md tells of what is not logged"
    assert HAPPENED.keys() - logged == set(), "the mail about faults has words for what is not logged"


def test_the_beginning_of_a_line_is_as_the_guide_has_it() -> None:
    """In this order."""
    assert tuple(re.findall(r"`(\w+)`", first_words(LOG, "What stands in a line"))) == FIRST


def test_every_alert_says_what_to_do() -> None:
    """Each that rings is in the guide."""
    alerts = re.findall(r"- alert: (\w+)", (ROOT / "deploy/prometheus/alerts.yml").read_text())
    assert re.findall(r"`(\w+)`", first_words(MONITORING, "Alerts")) == alerts
