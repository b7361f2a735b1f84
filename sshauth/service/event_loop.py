"""The event loop of whatever serves: uvloop's where it is installed, which is not on every platform."""

import asyncio
from importlib.util import find_spec


def new_event_loop() -> asyncio.AbstractEventLoop:
    """Make a loop."""
    if find_spec("uvloop") is None:
        return asyncio.new_event_loop()
    import uvloop  # noqa: PLC0415 - it may not be there

    return uvloop.new_event_loop()
