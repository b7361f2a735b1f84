"""Make the pictures of README.md from a real server, by a real ``ssh`` in a terminal of 80 by 24.

Run in a clone: ``.venv/bin/python -m docs.pictures /path/to/a/monospace/font.ttf [DIRECTORY]``. With a
directory, pictures of every screen go there instead, in four sizes and four looks, to be looked at.
The accounts are made for the pictures and gone with a temporary directory.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from docs.gallery import hang
from tests.support.picture import render
from tests.support.server import Server
from tests.support.terminal import Terminal

HERE = Path(__file__).parent


def photograph(terminal: Terminal, name: str, font: Path) -> None:
    """Save what a terminal shows once it is quiet."""
    terminal.wait_quiet()
    render(terminal.cells(), font=font).save(HERE / name, optimize=True)


def for_the_readme(font: Path) -> None:
    """Walk to both screens."""
    with tempfile.TemporaryDirectory() as directory, Server(Path(directory)) as server:
        server.wait_listening()
        with server.ssh(user="ada") as terminal:
            terminal.wait_for("Forgot password")
            photograph(terminal, "sign-in.png", font)
            terminal.key("f2")
            terminal.wait_for("Repeat password")
            terminal.send("Ada\tLovelace\tada\tada@example.org\t")
            terminal.send("correct horse battery\tcorrect horse battery\r")
            terminal.wait_for("Set up your authenticator")
            photograph(terminal, "authenticator.png", font)


def main(font: Path, directory: Path | None = None) -> None:
    """Make the pictures of the README, or all there are."""
    if directory is None:
        for_the_readme(font)
    else:
        directory.mkdir(parents=True, exist_ok=True)
        asyncio.run(hang(directory, font))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
