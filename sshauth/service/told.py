"""What a process that serves is told by signals."""

import asyncio
import os
import signal


class Told:
    """Whether this process has been told to stop, to be quick about it, or to reload."""

    def __init__(self) -> None:
        """Hear of nothing yet."""
        self.to_stop = asyncio.Event()
        self.to_reload = asyncio.Event()
        self.at_once = asyncio.Event()

    def stop(self) -> None:
        """Stop; said again, stop at once."""
        (self.at_once if self.to_stop.is_set() else self.to_stop).set()

    def listen(self) -> None:
        """Listen to signals: SIGTERM and Ctrl+C stop, SIGHUP reloads.

        SIGHUP also comes when the terminal is closed that the server was started from. Then it stops, unless
        that was announced, by nohup.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        needs_terminal = signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN and _has_terminal()

        def hang_up() -> None:
            if needs_terminal and not _has_terminal():
                self.stop()
            else:
                self.to_reload.set()

        loop.add_signal_handler(signal.SIGHUP, hang_up)

    def listen_as_worker(self) -> None:
        """Listen to SIGTERM alone, and however often it comes, be told by it once.

        A terminal sends Ctrl+C and its own end to the whole group of processes, and some service managers
        send SIGTERM to all. The supervisor says what is meant by them.
        """
        for number in (signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self.to_stop.set)


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True
