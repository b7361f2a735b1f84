"""What a client of asyncssh lacks to be let in as OpenSSH is."""

from collections.abc import Sequence

import asyncssh


class Visitor(asyncssh.SSHClient):
    """A client that answers as OpenSSH does when nothing is asked: with nothing."""

    def kbdint_auth_requested(self) -> str:
        """Agree to be asked."""
        return ""

    def kbdint_challenge_received(
        self, name: str, instructions: str, lang: str, prompts: Sequence[tuple[str, bool]]
    ) -> list[str]:
        """Answer what is asked, which is nothing."""
        assert (name, instructions, lang, list(prompts)) == ("", "", "", [])
        return []
