"""Stylesheets of many apps that parse each piece of CSS once between them."""

from collections.abc import Hashable
from typing import Any

from textual.cache import LRUCache
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

ParsedRules = LRUCache[tuple[Any, ...], list[RuleSet]]
MOST_PIECES = 512
"""Pieces of CSS, about one for each kind of widget, that are kept parsed for each theme."""


class Shelves:
    """Parsed rules, by the variables that they were parsed with: a shelf for each theme."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        self._shelves: dict[Hashable, ParsedRules] = {}

    def shelf_for(self, variables: dict[str, str]) -> ParsedRules:
        """Give the shelf of a theme."""
        return self._shelves.setdefault(tuple(sorted(variables.items())), LRUCache(MOST_PIECES))


class SharedStylesheet(Stylesheet):
    """A stylesheet that takes from shelves what another one has parsed."""

    def __init__(self, shelves: Shelves, variables: dict[str, str]) -> None:
        """Take the shelves and the first theme's variables."""
        super().__init__(variables=variables)
        self._shelves = shelves
        self._parse_cache = shelves.shelf_for(variables)

    def set_variables(self, variables: dict[str, str]) -> None:
        """Go over to another theme's shelf; the base class would empty the one that others use too."""
        self._parse_cache = LRUCache(1)
        super().set_variables(variables)
        self._parse_cache = self._shelves.shelf_for(variables)

    def reparse(self) -> None:
        """Use the new theme's rules; the base class would parse all of them in a stylesheet of its own."""
        self.parse()
