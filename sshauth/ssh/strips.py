"""Textual's strips of cells, without the seven caches that each line of each screen would bring along.

They are made for lists that scroll. With many forms in one process they are a third of what a session keeps,
and in a large window half, and making them takes longer than they save.
"""

from textual import strip


class _Nothing:
    """A cache that never has what is asked for."""

    def get(self, _key: object, default: object = None) -> object:
        """Give what is given when there is nothing."""
        return default

    def __setitem__(self, _key: object, _value: object) -> None:
        """Keep nothing."""


_NOTHING = _Nothing()


def keep_none() -> None:
    """Have strips made without caches from now on, in this process."""
    strip.FIFOCache = _no_cache  # type: ignore[attr-defined,assignment]  # it exports nothing


def _no_cache(_maxsize: int) -> _Nothing:
    return _NOTHING
