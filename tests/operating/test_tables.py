"""How commands say what they found."""

import json
import os
import pty
import sys
from datetime import UTC, datetime, timedelta, timezone

import pytest

from sshauth.accounts.admin_views import NodeLoad
from sshauth.operating.tables import as_json, counted, facts, moment, room, table

AT = datetime(2026, 3, 1, 12, 0, 15, tzinfo=UTC)


def test_columns_are_aligned_by_the_cells_that_a_terminal_takes() -> None:
    """Wide letters take two; nothing stands behind the last column."""
    assert table(("NAME", "N"), [("ada", "1"), ("李明", "22"), ("", ""), ("-", "")]).splitlines() == [
        "NAME  N",
        "ada   1",
        "李明  22",
        "",
        "-",
    ]


def test_a_narrow_window_makes_cells_of_several_lines() -> None:
    """The widest columns give way, and all is still to be read; without a window, a row is a line."""
    rows = [("ada", "Set up an authenticator with the code", "127.0.0.1"), ("bob", "Signed in", "10.0.0.1")]
    assert table(("NAME", "WHAT", "FROM"), rows, 40).splitlines() == [
        "NAME  WHAT                     FROM",
        "ada   Set up an authenticator  127.0.0.1",
        "      with the code",
        "bob   Signed in                10.0.0.1",
    ]
    assert table(("N",), [("李明" * 4,), ("ab" * 4,)], 6).splitlines() == [
        "N",
        "李明李",
        "明李明",
        "李明",
        "ababab",
        "ab",
    ]
    assert facts([("Label", "one two three")], 14).splitlines() == ["Label  one two", "       three"]
    whole = table(("NAME", "WHAT", "FROM"), rows)
    assert whole.splitlines()[1] == "ada   Set up an authenticator with the code  127.0.0.1"
    assert table(("NAME", "WHAT", "FROM"), rows, max(map(len, whole.splitlines()))) == whole


def test_the_window_is_that_of_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe, a file, or nothing at all has none."""
    monkeypatch.setenv("COLUMNS", "52")
    assert room() is None
    ends = pty.openpty()
    with os.fdopen(ends[1], "w") as terminal, os.fdopen(ends[0]):
        monkeypatch.setattr(sys, "stdout", terminal)
        assert room() == 52
    monkeypatch.setattr(sys, "stdout", None)
    assert room() is None


def test_what_a_terminal_would_obey_does_not_reach_it() -> None:
    """Names of clients are what strangers claim (row 26)."""
    shown = table(("A",), [("x\x1b[2J\ny",)]) + facts([("Label", "\x9b31m\u202e")])
    assert shown.replace("\n", "").isprintable()
    assert "\x1b" not in as_json(["\x1b[2J\u202e"])
    assert as_json(["ä\u202e"]).isascii()


def test_facts_stand_in_two_columns() -> None:
    """Label and value."""
    assert facts([("A", "1"), ("Long", "2"), ("None", "")]).splitlines() == ["A     1", "Long  2", "None"]


def test_json_holds_times_with_their_zone() -> None:
    """Whatever else is in it is written as text."""
    assert json.loads(as_json([NodeLoad("node/1", 2, AT)])) == [
        {"node": "node/1", "sessions": 2, "seen_at": "2026-03-01T12:00:15+00:00"}
    ]


def test_how_many_there_are_is_said_as_people_say_it() -> None:
    """One is one."""
    assert [counted(each, "mail") for each in range(3)] == ["0 mails", "1 mail", "2 mails"]
    assert counted(2, "process", "processes") == "2 processes"


def test_times_are_said_in_utc() -> None:
    """To the minute; none is said otherwise."""
    assert moment(AT.astimezone(timezone(timedelta(hours=9)))) == "2026-03-01 12:00"
    assert moment(None, "never") == "never"
