"""Pictures of a screen at three sizes: one app shows them all, as its window is resized."""

from syrupy.assertion import SnapshotAssertion

from tests.tui.rooms import rests
from tests.tui.screen_text import snapshot_of
from tests.tui.visitor import Visitor

LARGE, SMALL, USUAL = (120, 40), (60, 20), (80, 24)
SIZES = (LARGE, SMALL, USUAL)
"""The last one is that in which visits begin: after its pictures a screen is as before."""

Size = tuple[int, int]


async def looks(visitor: Visitor, snapshot: SnapshotAssertion, name: str, *sizes: Size) -> None:
    """Compare a screen with its pictures at some sizes, or at all three, once it has nothing more to do."""
    await rests(visitor)
    assert await pictures_of(visitor, *(sizes or SIZES)) == snapshot(name=name)


async def pictures_of(visitor: Visitor, *sizes: Size) -> str:
    """Take a picture at each size, once nothing moves any more."""
    pictures = []
    for columns, rows in sizes:
        await visitor.resize(columns, rows)
        await visitor.rests()
        pictures.append(f"{columns}x{rows}\n{snapshot_of(visitor.app)}")
    return "\n".join(pictures)
