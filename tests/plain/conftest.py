"""The world of plain tests: real use cases on an SQLite database."""

from tests.support.small_world import logged, passwords, strength, world

__all__ = ["logged", "passwords", "strength", "world"]
