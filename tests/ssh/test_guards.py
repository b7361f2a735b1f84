"""What a session may ask for."""

import pytest

from sshauth.ssh.guards import GUARDS, Asked, refusal_of


@pytest.mark.parametrize("term", ["xterm-256color", "dumb", ""])
def test_a_shell_in_a_terminal_is_fine(term: str) -> None:
    """Of any kind: who sees no screens is spoken with line by line."""
    assert refusal_of(Asked(term)) is None


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (Asked("xterm", is_stopping=True), "stopping"),
        (Asked("xterm", is_second=True), "second session"),
        (Asked("xterm", packet_bytes=1023), "tiny packets"),
        (Asked("xterm", what="exec"), "command"),
        (Asked(None, what="exec"), "command"),
        (Asked(None, what="subsystem"), "subsystem"),
        (Asked(None), "no terminal"),
    ],
)
def test_everything_else_is_refused_with_the_reason(asked: Asked, reason: str) -> None:
    """Each guard has one word for the log and one sentence for the person."""
    refusal = refusal_of(asked)
    assert refusal is not None
    assert refusal.reason == reason
    assert refusal.words[0].isupper()
    assert "\n" not in refusal.words


def test_the_first_guard_that_objects_is_heard() -> None:
    """Who asks for several things gets one answer, always the same."""
    asked = Asked(None, what="exec", is_second=True, is_stopping=True)
    refusals = [refusal for guard in GUARDS if (refusal := guard(asked))]
    assert refusal_of(asked) == refusals[0]
    assert len(refusals) > 1
