"""Whose remembered SSH key it is that a connection has proven, as far as that can be told in time."""

import asyncio

import structlog

from sshauth.accounts.peer import Peer
from sshauth.accounts.ssh_keys import Recognised, SSHKeys

PATIENCE_SECONDS = 2.0
"""What nobody waits longer for: password and code sign in without it."""

log = structlog.get_logger(__name__)


async def recognise(ssh_keys: SSHKeys, peer: Peer) -> Recognised | None:
    """Tell who it is; None for a key that is nobody's, and where the database fails or dawdles."""
    if peer.key is None:
        return None
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await ssh_keys.recognise(peer)
    except Exception:
        # Whatever it is: signing in by password works without, or tells of it.
        log.exception("key.not_looked_up")
        return None
