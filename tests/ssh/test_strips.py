"""Strips without caches: they are what they were, and cost less."""

import pytest
from rich.segment import Segment
from rich.style import Style
from textual import strip as strip_module
from textual.cache import FIFOCache
from textual.color import Color
from textual.filter import Monochrome
from textual.strip import Strip

from sshauth.ssh.strips import keep_none

CACHES = [name for name in Strip.__slots__ if name.endswith("_cache") and name != "_render_cache"]


def words() -> Strip:
    return Strip([Segment("hello ", Style(color="red")), Segment("世界", Style(bold=True))])


@pytest.fixture
def cached(monkeypatch: pytest.MonkeyPatch) -> Strip:
    """Give a strip with caches; those made after it have none, until the end of the test."""
    monkeypatch.setattr(strip_module, "FIFOCache", FIFOCache)
    strip = words()
    keep_none()
    return strip


def test_no_cache_is_made(cached: Strip) -> None:
    """All strips share the one that keeps nothing."""
    assert len({id(getattr(cached, name)) for name in CACHES}) == len(CACHES) == 7
    plain = [words(), words()]
    assert len({id(getattr(strip, name)) for strip in plain for name in CACHES}) == 1


def test_strips_without_caches_are_cut_and_coloured_as_before(cached: Strip) -> None:
    """Asked once or again."""
    strip, italic = words(), Style(italic=True)
    for _ in range(2):
        assert strip.crop(2, 7) == cached.crop(2, 7)
        assert strip.crop(2, 7).text == "llo  "
        assert list(strip.divide([6, 10])) == list(cached.divide([6, 10]))
        assert strip.adjust_cell_length(12) == cached.adjust_cell_length(12)
        assert strip.crop_extend(0, 12, None) == cached.crop_extend(0, 12, None)
        assert strip.apply_style(italic) == cached.apply_style(italic)
        assert strip.apply_filter(Monochrome(), Color(0, 0, 0)) == cached.apply_filter(
            Monochrome(), Color(0, 0, 0)
        )
        assert strip.apply_offsets(3, 4) == cached.apply_offsets(3, 4)
