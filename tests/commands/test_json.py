"""What commands say to programs is what docs/json.md promises, field by field."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from tests.test_docs import all_commands, whole_program

GUIDE = (Path(__file__).parents[2] / "docs" / "json.md").read_text()
MORE = {"user show": "user list"}
"""What has the fields of another one, too."""


def promised() -> dict[str, set[str]]:
    """Give the fields of every command that the guide knows."""
    fields = {}
    for section in GUIDE.split("\n## ")[1:]:
        heading, _, text = section.partition("\n")
        rows = re.findall(r"^\| (`.+?) \|", text, re.MULTILINE)
        for command in re.findall(r"`sshauth ([^`]+)`", heading):
            fields[command] = set(re.findall(r"`(\w+)`", " ".join(rows)))
    return {command: fields[command] | fields.get(MORE.get(command, ""), set()) for command in fields}


def test_every_field_is_documented_and_every_documented_one_is_there(
    run: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that make something come first, so that the others have something to say."""
    monkeypatch.setenv("REGISTRATION", "invite")
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    arguments = {
        "user create": ("grace", "grace@example.org", "--print"),
        "user reset-authenticator": ("grace", "--yes"),
        "user invite": ("new@example.org",),
        "user show": ("ada",),
    }
    expected, found = promised(), {}
    for command in sorted(expected, key=lambda each: (each not in arguments, each == "user show")):
        value = json.loads(run(*command.split(), *arguments.get(command, ()), "--json").stdout)
        assert value, command
        found[command] = set(value[0] if isinstance(value, list) else value)
        if command == "doctor":
            assert set(value["findings"][0]) == {"look", "state", "said", "to_do"}
    assert found == expected


def test_every_command_that_takes_json_is_documented(run: Callable[..., Result]) -> None:
    """None is forgotten."""
    commands = [each.split() for each in all_commands(whole_program(), "")]
    takes = {" ".join(words) for words in commands if "--json" in run(*words, "--help").stdout}
    assert takes == promised().keys()
