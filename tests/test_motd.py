"""The operator's words for everybody who connects."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from sshauth.config import Settings
from sshauth.ground import StartError, ground
from sshauth.motd import LONGEST, Motd, cleaned


def settings_with(directory: Path, motd_file: Path | None) -> Settings:
    return Settings(data_dir=directory / "data", host_keys_dir=directory / "keys", motd_file=motd_file)


# The text


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Hello\n", "Hello"),
        ("\n\nHello\r\n\r\nyou  \n\n", "Hello\n\nyou"),
        ("a\tb", "a       b"),
        ("\x1b]0;title\x07\x9b2J\u202e", "�]0;title��2J�"),
        ("[@click=app.quit]x[/] [", "[@click=app.quit]x[/] ["),
        ("日本語 🇩🇪", "日本語 🇩🇪"),
        ("", ""),
    ],
)
def test_it_is_shown_as_it_is_but_for_what_cannot_be_shown(written: str, shown: str) -> None:
    """Lines stay lines."""
    assert cleaned(written) == shown


def test_no_more_is_kept_than_a_screen_could_hold(tmp_path: Path) -> None:
    """However large the file is, and whatever is in it."""
    file = tmp_path / "motd"
    file.write_bytes(b"\xff" * 1_000_000)
    motd = Motd(file)
    motd.read()
    assert motd.text == "�" * LONGEST


def test_without_a_file_there_is_none() -> None:
    """Nothing is read."""
    motd = Motd(None)
    motd.read()
    assert motd.text == ""


# The file


async def test_a_missing_file_stops_the_start(tmp_path: Path) -> None:
    """The sentence names the setting, and nothing was made for the database."""
    missing = tmp_path / "missing"
    with pytest.raises(StartError) as refused:
        async with ground(settings_with(tmp_path, missing)):
            pass
    assert str(refused.value) == f"Cannot use MOTD_FILE ({missing}): No such file or directory."
    assert not (tmp_path / "data").exists()


async def test_it_is_read_again_while_the_server_runs(tmp_path: Path) -> None:
    """What it said before stays where that cannot be done, and the log says why."""
    file = tmp_path / "motd"
    file.write_text("Hello")
    async with ground(settings_with(tmp_path, file)) as below:
        assert below.motd.text == "Hello"
        file.write_text("Goodbye")
        await below.motd_again()
        assert below.motd.text == "Goodbye"
        file.unlink()
        with capture_logs() as logs:
            await below.motd_again()
        assert below.motd.text == "Goodbye"
        (entry,) = logs
        assert (entry["event"], entry["reason"]) == ("motd.not_reloaded", "No such file or directory")
