"""What the operator has to say to everybody who connects: a file, read at the start and on SIGHUP."""

from pathlib import Path

LONGEST = 2000
"""Characters that are shown of it; no screen holds more."""
MOST_BYTES = 4 * LONGEST


class Motd:
    """The message of the day."""

    def __init__(self, path: Path | None) -> None:
        """Take the file, if there is one; nothing is read yet."""
        self._path = path
        self.text = ""

    def read(self) -> None:
        """Read the file, which may take as long as its disk does; what was read before stays if it cannot be.

        Raises:
            OSError: it cannot be read.
        """
        if self._path is not None:
            with self._path.open("rb") as file:
                self.text = cleaned(file.read(MOST_BYTES).decode(errors="replace"))


def cleaned(text: str) -> str:
    """Keep of a text what can be shown on lines; a mark stands for each character that cannot."""
    lines = text[:LONGEST].expandtabs(8).splitlines()
    shown = [
        "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in line)
        for line in lines
    ]
    return "\n".join(line.rstrip() for line in shown).strip("\n")
