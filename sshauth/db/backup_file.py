"""Reading a backup: gzipped lines, of which nothing is believed before it was looked at."""

import gzip
import json
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from sshauth.db.dump import FORMAT, MARK, ROWS_AT_ONCE, About, BackupError, Kind, Shape
from sshauth.db.tables import Table
from sshauth.files import reason_of

LONGEST_LINE = 10_000_000

Rows = list[dict[str, Any]]


class Backup:
    """A backup that is read, from its beginning, as often as wanted. Use it in a `with` block.

    Raises, wherever something is read:
        BackupError: the file cannot be read, or is no backup, or a damaged one.
    """

    def __init__(self, path: Path) -> None:
        """Open the file and read what it says of itself."""
        self._path = path
        try:
            if path.exists() and not path.is_file():
                # A pipe can be read once, and may have us wait for ever.
                raise BackupError(f"{path} is no file that can be read as often as is needed.")
            self._file: BinaryIO = path.open("rb")
        except OSError as error:
            raise BackupError(f"Cannot read {path}: {reason_of(error)}.") from None
        try:
            self.about = self._about(next(self._lines(), None))
        except BackupError:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        """Be open."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self._file.close()

    def batches(self) -> Iterator[tuple[Shape, Rows]]:
        """Give all rows, some at once, in the order in which they can be put in."""
        lines = self._lines()
        next(lines)
        shape, rows = Shape("", {}), Rows()
        counts: dict[str, int] = {}
        for line in lines:
            if isinstance(line, list):
                rows.append(self._row(shape, line))
                counts[shape.name] = counts.get(shape.name, 0) + 1
            if rows and (len(rows) == ROWS_AT_ONCE or not isinstance(line, list)):
                yield shape, rows
                rows = []
            if isinstance(line, dict) and "table" in line:
                shape = self._shape(line)
                counts.setdefault(shape.name, 0)
            elif not isinstance(line, list):
                self._check_end(line, counts, is_last=next(lines, self) is self)
                return
        raise self._damaged()

    def _row(self, shape: Shape, line: list[Any]) -> dict[str, Any]:
        try:
            return shape.read(line)
        except (ValueError, TypeError, AttributeError):
            raise self._damaged() from None

    def _shape(self, line: dict[str, Any]) -> Shape:
        try:
            shape = Shape(str(line["table"]), {name: Kind(kind) for name, kind in line["columns"].items()})
        except (KeyError, ValueError, AttributeError):
            raise self._damaged() from None
        if shape.name not in Table.metadata.tables:
            raise self._damaged()
        return shape

    def _check_end(self, line: object, counts: dict[str, int], *, is_last: bool) -> None:
        if line != {"rows": sum(counts.values())} or counts != self.about.rows or not is_last:
            raise self._damaged()

    def _about(self, line: object) -> About:
        if not isinstance(line, dict) or MARK not in line:
            raise BackupError(f"{self._path} is no backup that `sshauth db backup` made.")
        if line[MARK] != FORMAT:
            raise BackupError(f"{self._path} was made by a newer sshauth: restore it with that one.")
        try:
            made_at = datetime.fromisoformat(line["made_at"])
            rows = {str(name): int(count) for name, count in line["rows"].items()}
            return About(str(line["version"]), str(line["revision"]), made_at, rows)
        except (KeyError, ValueError, TypeError, AttributeError):
            raise self._damaged() from None

    def _lines(self) -> Iterator[object]:
        """Read the file from its beginning."""
        self._file.seek(0)
        first = True
        try:
            with gzip.GzipFile(fileobj=self._file) as unpacked:
                while text := unpacked.readline(LONGEST_LINE):
                    yield json.loads(text)
                    first = False
        except (OSError, EOFError, ValueError, zlib.error):
            # Of another file, already the first line cannot be read.
            if first:
                yield None
            raise self._damaged() from None

    def _damaged(self) -> BackupError:
        return BackupError(f"{self._path} is damaged or was cut short. Nothing was changed.")
