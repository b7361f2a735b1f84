"""What a process is called among all that share the database: in the list of sessions and in the log."""

import os
import socket

LONGEST = 128


def node_name() -> str:
    """Name this process by its machine and its number."""
    return f"{socket.gethostname()}/{os.getpid()}"[:LONGEST]
