"""Reading a .env file as python-dotenv understands it, without expanding ${...} in what may be a password."""

import io
import re
from pathlib import Path

from dotenv.parser import Binding, parse_stream

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def read_env_file(path: Path) -> tuple[dict[str, str], list[str]]:
    """Give the file's values by name in lower case, and a sentence for each thing wrong with the file.

    A wrong line is named by its number, never quoted: it may be a piece of a secret.
    """
    try:
        bindings = list(parse_stream(io.StringIO(path.read_text(encoding="utf-8"))))
    except OSError as error:
        return {}, [f"{path} cannot be read: {error.strerror}"]
    except UnicodeDecodeError:
        return {}, [f"{path} must be text in UTF-8"]
    values: dict[str, str] = {}
    problems: list[str] = []
    for binding in bindings:
        if binding.error or (binding.key is not None and not _is_assignment(binding)):
            problems.append(f"line {_line(binding)} of {path} must be NAME=value")
        elif binding.key is not None:
            values[binding.key.lower()] = binding.value or ""
    return values, problems


def _is_assignment(binding: Binding) -> bool:
    return binding.value is not None and NAME.fullmatch(binding.key or "") is not None


def _line(binding: Binding) -> int:
    # The parser counts the blank lines before a line as part of it.
    text = binding.original.string
    return binding.original.line + text[: len(text) - len(text.lstrip())].count("\n")
