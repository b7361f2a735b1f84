"""The environment that a client sends: only so much of it is kept, however much it sends."""

MOST_VARIABLES = 32
LONGEST_VARIABLE = 512
"""Bytes of a name and its value together."""


class BoundedEnvironment(dict[bytes, bytes]):
    """A dictionary that takes no more than an honest client sends. AsyncSSH would keep gigabytes."""

    def __setitem__(self, name: bytes, value: bytes) -> None:
        """Keep a variable, if there is room for it."""
        if len(self) < MOST_VARIABLES and len(name) + len(value) <= LONGEST_VARIABLE:
            super().__setitem__(name, value)
