"""Small pure things of the rooms: parts of a text."""

from hypothesis import given
from hypothesis import strategies as st

from sshauth.tui.own_data import parts_of


@given(st.text(alphabet="ab\n"), st.integers(min_value=1, max_value=20))
def test_parts_make_the_whole_again(text: str, longest: int) -> None:
    """None is too long, and each but the last ends with a line where one of its lines does."""
    *parts, last = parts_of(text, longest)
    assert "".join([*parts, last]) == text
    assert len(last) <= longest
    for part in parts:
        assert 0 < len(part) <= longest
        assert part.endswith("\n") or "\n" not in part
