"""The page of numbers, and the files in deploy/ that use them."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from sshauth.accounts.outcomes import Outcomes
from sshauth.meters import Meters
from sshauth.metrics.page import Facts, Mails, page_of
from sshauth.metrics.process import facts_of_this_process, read_all
from tests.metrics.asking import names_on, numbers_on

DEPLOY = Path(__file__).parents[2] / "deploy"
ALERTS, SCRAPING = DEPLOY / "prometheus/alerts.yml", DEPLOY / "prometheus/prometheus.yml"
DASHBOARD = DEPLOY / "grafana/dashboard.json"
NAME = re.compile(r"\b(?:sshauth|process)_[a-z_]+|\bup\b")


def whole_page() -> str:
    """Write a page on which something of each kind stands."""
    read = Meters()
    Outcomes(read.sign_ins)
    read.connections["let in"] += 3
    read.refusals["strangers"] += 1
    for times in (read.app_starts, read.key_echoes, read.hash_waits, read.loop_lags):
        times.add(0.02)
    read.levels |= {"sessions": lambda: 5, "signed_in": lambda: 2, "hashes_waiting": lambda: 1}
    mails = Mails(waiting=4, given_up=1, oldest_seconds=60.5)
    facts = Facts(ready=True, database_up=True, mails=mails, process=facts_of_this_process())
    return page_of(read_all(read), facts).decode()


def test_the_page_is_what_prometheus_reads() -> None:
    """By its own parser; times are cumulative."""
    page = whole_page()
    families = {family.name: family for family in text_string_to_metric_families(page)}
    assert families["sshauth_key_echo_seconds"].type == "histogram"
    now = numbers_on(page)
    assert now['sshauth_key_echo_seconds_bucket{le="0.01"}'] == 0
    assert now['sshauth_key_echo_seconds_bucket{le="0.025"}'] == 1
    assert now['sshauth_key_echo_seconds_bucket{le="+Inf"}'] == 1
    assert now["sshauth_key_echo_seconds_sum"] == 0.02
    assert now['sshauth_sessions{state="signed in"}'] == 2
    assert now['sshauth_sessions{state="not signed in"}'] == 3
    assert now["sshauth_mail_oldest_seconds"] == 60.5
    assert now['sshauth_sign_ins_total{outcome="refused"}'] == 0
    assert now["process_resident_memory_bytes"] > 1_000_000


def test_without_a_database_nothing_is_said_of_mails() -> None:
    """Who watches must not take them for sent."""
    page = page_of(read_all(Meters()), Facts(ready=False, database_up=False)).decode()
    now = numbers_on(page)
    assert (now["sshauth_ready"], now["sshauth_database_up"]) == (0, 0)
    assert not [name for name in now if "mail" in name]


def test_the_guide_tells_of_every_number() -> None:
    """By the name that it has."""
    told = set(NAME.findall((DEPLOY.parent / "docs/monitoring.md").read_text()))
    assert {name for name in told if name.startswith("sshauth_")} - names_on(whole_page()) == set()
    families = {family.name for family in text_string_to_metric_families(whole_page())}
    ours = {name for name in families if name.startswith("sshauth_")}
    assert {name for name in ours if not {name, f"{name}_total"} & told} == set()


def dashboard() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(DASHBOARD.read_text())
    return found


def expressions() -> list[str]:
    """Give what the dashboard and the alerts ask for."""
    panels = [each["expr"] for panel in dashboard()["panels"] for each in panel.get("targets", ())]
    alerts = re.findall(r"^ +expr: (.+)$", ALERTS.read_text(), re.MULTILINE)
    assert len(alerts) == len(re.findall(r"^ +- alert:", ALERTS.read_text(), re.MULTILINE))
    return [*panels, *alerts]


def test_the_files_for_prometheus_and_grafana_ask_for_numbers_that_are_there() -> None:
    """Every name in them stands on the page, but for `up`, which Prometheus makes."""
    asked = {name for expression in expressions() for name in NAME.findall(expression)}
    assert len(asked) >= 15
    assert asked - names_on(whole_page()) == {"up"}


def test_all_that_is_told_is_shown_or_watched() -> None:
    """No family of ours is left out."""
    families = {family.name for family in text_string_to_metric_families(whole_page())}
    words = " ".join(expressions())
    assert [name for name in families if name.startswith("sshauth") and name not in words] == []


def test_labels_in_the_files_are_those_that_there_are() -> None:
    """An outcome that is misspelt would never ring."""
    there = set(re.findall(r'\w+="[^"]*"', whole_page()))
    asked = {each for words in expressions() for each in re.findall(r'(?:outcome|state)="[^"]*"', words)}
    assert asked
    assert asked <= there | {'outcome="refused"'}


def test_the_dashboard_can_be_imported() -> None:
    """It has a name of its own, panels that lie side by side, and asks for its source."""
    board = dashboard()
    assert (board["uid"], board["title"]) == ("sshauth", "sshauth")
    assert [each["type"] for each in board["templating"]["list"]] == ["datasource", "query"]
    ids = [panel["id"] for panel in board["panels"]]
    assert len(set(ids)) == len(ids)
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
        assert panel["datasource"] == {"type": "prometheus", "uid": "${source}"}


@pytest.mark.interop
@pytest.mark.parametrize("arguments", [["check", "config", str(SCRAPING)], ["check", "rules", str(ALERTS)]])
def test_prometheus_takes_its_files(arguments: list[str]) -> None:
    """By its own tool."""
    done = subprocess.run(["promtool", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SUCCESS" in done.stdout


@pytest.mark.interop
def test_prometheus_takes_the_page() -> None:
    """By its own tool, which finds nothing odd in the names of ours."""
    check = ["promtool", "check", "metrics"]
    done = subprocess.run(check, input=whole_page(), capture_output=True, text=True, check=False)
    assert [line for line in done.stderr.splitlines() if "sshauth" in line] == []
    assert done.returncode in {0, 3}, done.stderr  # 3: it has remarks, of the names that all processes have
