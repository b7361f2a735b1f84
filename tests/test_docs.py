"""What the README and the guides name is there: files, headings, commands with their options, settings."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.core import TyperCommand, TyperGroup

from sshauth.cli import app
from sshauth.config import FORMER, Settings, load_settings

ROOT = Path(__file__).parent.parent
GUIDES = sorted(ROOT.glob("docs/*.md"))
PAGES = sorted([*ROOT.glob("*.md"), *GUIDES])
OF_OTHERS = {
    "NO_COLOR", "PLAIN", "POSTGRES_PASSWORD", "PYTEST_ADDOPTS", "SOURCE_DATE_EPOCH",
    "SSL_CERT_FILE", "TCP_URL", "TERM",
    *(name.upper() for name in FORMER),
}  # fmt: skip
"""Variables of other programs, of clients, of before."""
DIRECTORIES = (".ci/", "deploy/", "docs/", "host_keys/", "sshauth/", "tests/")
MADE_LATER = {"host_keys/ssh_host_ed25519_key"}

SHOWN = re.compile(r"(?:^|[|;&(] ?|\bdo |/bin/)sshauth((?: +[^\s|;&<>()\"]+)+)")
"""A command, and the words after it."""

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


Command = TyperCommand | TyperGroup


def whole_program() -> Command:
    """Give what `sshauth` alone is."""
    program = typer.main.get_command(app)
    assert isinstance(program, TyperGroup)
    return program


def without_blocks(text: str) -> str:
    """Leave fenced blocks out: a comment in one is no heading."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)


def anchors_of(page: Path) -> set[str]:
    """Give what links into a page may name, as GitHub makes it of headings."""
    headings = re.findall(r"^#+ (.+)$", without_blocks(page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def code_in(page: Path) -> Iterator[str]:
    """Give what a page shows as code: spans of its lines, and the lines of its blocks."""
    text = page.read_text()
    yield from (" ".join(span.split()) for span in re.findall(r"(?<!`)`([^`]+)`(?!`)", without_blocks(text)))
    for block in re.findall(r"^```\w*\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        yield from block.splitlines()
    yield from re.findall(r"^    (\S.*)$", text, re.MULTILINE)


def commands_in(page: Path) -> Iterator[list[str]]:
    """Give the words after `sshauth` of every command that a page shows."""
    for code in code_in(page):
        for words in SHOWN.findall(code):
            yield words.split()


def command_of(words: list[str]) -> tuple[Command, list[str]]:
    """Give the command that words name, and those after its name."""
    command = whole_program()
    rest = list(words)
    while isinstance(command, TyperGroup) and rest and rest[0] in command.commands:
        below = command.commands[rest.pop(0)]
        assert isinstance(below, TyperCommand | TyperGroup)
        command = below
    return command, rest


def all_commands(command: Command, name: str) -> Iterator[str]:
    """Give the whole name of every command below one."""
    if isinstance(command, TyperGroup):
        for word, each in command.commands.items():
            assert isinstance(each, TyperCommand | TyperGroup)
            yield from all_commands(each, f"{name} {word}")
    else:
        yield name


@every_page
def test_every_link_into_the_repository_leads_somewhere(page: Path) -> None:
    """To a file, and to a heading in it."""
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if re.match(r"\w+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path) if path else page
        assert file.exists(), target
        assert not anchor or anchor in anchors_of(file), target


@every_page
def test_every_file_that_is_named_is_there(page: Path) -> None:
    """As code, from the top of the repository."""
    named = {word.rstrip(",:") for code in code_in(page) for word in code.split()}
    files = {name for name in named if name.startswith(DIRECTORIES) and not set(name) & set("*<>{$")}
    assert [name for name in files - MADE_LATER if not (ROOT / name).exists()] == []


@every_page
def test_every_command_that_is_shown_is_one(page: Path) -> None:
    """With the options that it has."""
    for words in commands_in(page):
        command, rest = command_of(words)
        options = {each for option in command.params for each in option.opts}
        shown = " ".join(["sshauth", *words])
        assert {word for word in rest if word.startswith("--")} <= options | {"--help"}, shown
        is_complete = not isinstance(command, TyperGroup) or not rest or rest[0].startswith("--")
        assert is_complete or rest[0] in {"…", "..."}, shown


@every_page
def test_every_setting_that_is_named_is_one(page: Path) -> None:
    """As code, alone or with a value."""
    names = {name.upper() for name in Settings.model_fields} | OF_OTHERS
    code = "\n".join(code_in(page))
    assigned = set(re.findall(r"(?<![\w.-])([A-Z][A-Z_]{3,})=", code))
    alone = set(re.findall(r"^([A-Z]+_[A-Z_]*[A-Z])$", code, re.MULTILINE))
    assert (assigned | alone) - names == set()


def test_the_operators_guide_has_every_command() -> None:
    """Each command in its table, where one line may name several of a group."""
    table = (ROOT / "docs/operating.md").read_text().partition("\n## All commands\n")[2]
    first_cells = " ".join(re.findall(r"^\| (.+?) \|", table, re.MULTILINE))
    for name in all_commands(whole_program(), "sshauth"):
        group, _, word = name.rpartition(" ")
        assert group in first_cells, name
        assert re.search(rf"[ `]{word}[ `]", first_cells), name


def test_the_readme_leads_to_every_guide() -> None:
    text = (ROOT / "README.md").read_text()
    assert [guide.name for guide in GUIDES if f"(docs/{guide.name}" not in text] == []
    for page in ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"):
        assert f"({page})" in text


def path_in_the_readme() -> str:
    """Give the lines to type from nothing to a public, monitored service."""
    section = (
        (ROOT / "README.md").read_text().partition("\n## From nothing to a public")[2].partition("\n## ")[0]
    )
    return "".join(f"{line[4:]}\n" for line in section.splitlines() if line.startswith("    "))


def test_the_lines_from_nothing_to_a_service_are_a_script() -> None:
    """Whole, quoted, and with every end where its beginning is."""
    subprocess.run(["bash", "-n"], input=path_in_the_readme(), text=True, check=True)


def test_the_settings_on_the_way_are_good_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is warned of anything."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    file = tmp_path / "sshauth.env"
    blocks = re.findall(r"sshauth\.env <<'END'\n(.*?)^END$", path_in_the_readme(), re.DOTALL | re.MULTILINE)
    file.write_text("".join(blocks))
    settings, warnings = load_settings(file)
    assert (len(blocks), warnings) == (2, [])
    assert settings.mail is not None
    assert settings.metrics_address is not None


def test_the_way_and_the_unit_speak_of_the_same_places() -> None:
    unit = (ROOT / "deploy/systemd/sshauth.service").read_text()
    for place in ("/opt/sshauth/bin/sshauth", "/etc/sshauth.env", "/var/lib/sshauth"):
        assert place in unit
        assert place in path_in_the_readme()


@pytest.mark.parametrize("heading", ["Run it", "Test it"])
def test_one_command_runs_it_and_one_tests_it(heading: str) -> None:
    """One line in one sh block, which the gate reads."""
    section = (ROOT / "README.md").read_text().partition(f"\n## {heading}\n")[2].partition("\n#")[0]
    assert re.findall(r"^```sh\n[^\n]+\n```$", section, re.MULTILINE) == re.findall(
        r"^```.*?^```$", section, re.DOTALL | re.MULTILINE
    )
    assert section.count("```sh") == 1
