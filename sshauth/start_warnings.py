"""What is not well about this node beside others, as its start says it."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import structlog

from sshauth.accounts.nodes import About, host_keys_differ, seen_lately
from sshauth.config import Settings
from sshauth.db.engine import Database
from sshauth.keys import Keys

KEYS_HERE = (
    "{} made in DATA_DIR, and the database is Postgres: a second node needs the same. "
    "Set SECRET_KEY and TOTP_KEYS to what the files hold, on every node"
)
OTHER_HOST_KEY = (
    "{machine} has another host key ({host_key}): SSH clients will warn of an attack. "
    "Give all nodes the same files in HOST_KEYS_DIR"
)

log = structlog.get_logger(__name__)


def of_keys(settings: Settings, own_keys: Keys) -> Iterator[str]:
    """Warn of keys that another node cannot have."""
    if own_keys.files and not settings.database.startswith("sqlite"):
        names = " and ".join(file.name for file in own_keys.files)
        log.warning("keys.of_this_node_alone", files=[str(file) for file in own_keys.files])
        yield KEYS_HERE.format(f"{names} {'was' if len(own_keys.files) == 1 else 'were'}")


async def of_host_keys(database: Database, about: About, now: datetime) -> Sequence[str]:
    """Warn of nodes whose host key is another."""
    others = [node for node in await seen_lately(database, now) if host_keys_differ(about, node)]
    differing = sorted({(node.machine, node.host_key) for node in others})
    for machine, host_key in differing:
        log.error("nodes.host_keys_differ", ours=about.host_key, theirs=host_key, there=machine)
    return [OTHER_HOST_KEY.format(machine=machine, host_key=host_key) for machine, host_key in differing]
