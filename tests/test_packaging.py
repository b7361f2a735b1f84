"""What goes into git, the distributions and the container image: the program, and nobody's secrets."""

import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

import pytest

from sshauth import __version__
from tests.support.server import clean_env

ROOT = Path(__file__).parent.parent
SECRETS = [
    ".env",
    "data/x.db",
    "data/x.db-wal",
    "data/secret.key",
    "data/totp.key",
    "data/outbox/1.eml",
    "deploy/.env",
    "host_keys/ssh_host_ed25519_key",
    "host_keys/ssh_host_ed25519_key.pub",
    "sshauth/.env",
    "sshauth/x.db",
    "sshauth/x.eml",
]


def tree_with_secrets(tree: Path) -> Path:
    """Copy the tree as somebody has it who has tried it there."""
    shutil.copytree(
        ROOT, tree, ignore=shutil.ignore_patterns(".git", ".venv", ".*_cache", "__pycache__", "data")
    )
    for name in SECRETS:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text("a secret")
    return tree


def build(tree: Path, built: Path, *arguments: str) -> None:
    """Build what is to be published."""
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(built), *arguments, str(tree)]
    subprocess.run(command, check=True, capture_output=True)


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the source distribution and the wheel from a tree with secrets lying about."""
    built = tmp_path_factory.mktemp("dist")
    build(tree_with_secrets(tmp_path_factory.mktemp("tree") / "sshauth"), built)
    return built


@pytest.fixture(scope="module")
def sdist(distributions: Path) -> set[str]:
    """Give the names of the files in the source distribution, without its top directory."""
    with tarfile.open(next(distributions.glob("*.tar.gz"))) as archive:
        return {name.partition("/")[2] for name in archive.getnames()}


@pytest.fixture(scope="module")
def wheel(distributions: Path) -> set[str]:
    """Give the names of the files in the wheel."""
    with zipfile.ZipFile(next(distributions.glob("*.whl"))) as archive:
        return set(archive.namelist())


def docker_sends(path: str, patterns: list[str]) -> bool:
    """Tell whether a file goes to the builder, as .dockerignore says: the last pattern that fits decides."""
    sent = True
    names = [path, *map(str, PurePosixPath(path).parents)]
    for pattern in patterns:
        plain = pattern.removeprefix("!")
        anywhere = plain.removeprefix("**/")
        if any(fnmatch(name, plain) or (anywhere != plain and fnmatch(name, anywhere)) for name in names):
            sent = pattern.startswith("!")
    return sent


def dockerignore() -> list[str]:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def tracked() -> list[str]:
    """Give the names of the files that git tracks."""
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_git_tracks_no_secret() -> None:
    kinds = ["*.db", "*.db-*", "*.eml", "*ssh_host_*", "*.pem", "*.key", ".env", "*/.env", "data/*"]
    assert [name for name in tracked() if any(fnmatch(name, kind) for kind in kinds)] == []
    assert [name for name in tracked() if name.startswith("host_keys/")] == ["host_keys/README.md"]


@pytest.mark.parametrize("name", SECRETS)
def test_git_ignores_secrets(name: str) -> None:
    done = subprocess.run(["git", "check-ignore", "--quiet", "--no-index", name], cwd=ROOT, check=False)
    assert done.returncode == 0


@pytest.mark.parametrize("name", SECRETS)
def test_no_secret_goes_into_a_distribution(name: str, sdist: set[str], wheel: set[str]) -> None:
    assert name not in sdist | wheel


@pytest.mark.parametrize("name", SECRETS)
def test_no_secret_goes_to_the_image_builder(name: str) -> None:
    assert not docker_sends(name, dockerignore())


def test_what_the_dockerfile_copies_goes_to_the_image_builder() -> None:
    needed = ["pyproject.toml", "README.md", "LICENSE", "sshauth/__init__.py", "sshauth/tui/app.tcss"]
    assert all(docker_sends(name, dockerignore()) for name in needed)


def test_the_source_distribution_holds_what_is_needed_to_build_test_and_run(sdist: set[str]) -> None:
    needed = {"LICENSE", "README.md", "pyproject.toml", ".env.template", "Dockerfile", "host_keys/README.md"}
    assert needed | {"sshauth/__init__.py", "tests/test_packaging.py"} <= sdist


def test_the_source_distribution_holds_every_file_that_git_has(sdist: set[str]) -> None:
    """Documents, deployment and the gate too: who has it needs no clone."""
    assert [name for name in tracked() if (ROOT / name).exists() and name not in sdist] == []


def test_the_source_distribution_is_the_same_whoever_builds_it(distributions: Path, tmp_path: Path) -> None:
    """Elsewhere, later, with other rights on the files."""
    tree = tree_with_secrets(tmp_path / "other")
    for path in tree.rglob("*"):
        if not path.is_symlink():
            os.utime(path, (0, 0))
            path.chmod(path.stat().st_mode & 0o700)
    build(tree, tmp_path, "--sdist")
    first, second = (next(directory.glob("*.tar.gz")) for directory in (distributions, tmp_path))
    assert (first.name, first.read_bytes()) == (second.name, second.read_bytes())


def test_the_version_stands_in_one_place(distributions: Path) -> None:
    """In the package, from where everything else takes it."""
    names = {path.name for path in distributions.iterdir()}
    assert names == {f"sshauth-{__version__}.tar.gz", f"sshauth-{__version__}-py3-none-any.whl"}
    assert "version" not in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_what_the_wheel_installs_runs(distributions: Path, tmp_path: Path) -> None:
    """With its own migrations, and no file of this tree."""
    installed, (wheel,) = tmp_path / "installed", distributions.glob("*.whl")
    into = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target"]
    subprocess.run([*into, installed, wheel], check=True, capture_output=True)
    env = clean_env(tmp_path, PYTHONPATH=str(installed), DATA_DIR=str(tmp_path / "data"))
    look = "import sshauth, sys; sys.stdout.write(sshauth.__file__)"
    said = [
        subprocess.run(
            [sys.executable, *each], cwd=tmp_path, env=env, capture_output=True, text=True, check=True
        )
        for each in (["-c", look], ["-m", "sshauth", "--version"], ["-m", "sshauth", "db", "upgrade"])
    ]
    assert said[0].stdout == str(installed / "sshauth/__init__.py")
    assert said[1].stdout == f"sshauth {__version__}\n"
    assert (tmp_path / "data/sshauth.db").exists()


def test_the_wheel_holds_every_file_of_the_package(wheel: set[str]) -> None:
    assert [name for name in tracked() if name.startswith("sshauth/") and name not in wheel] == []


def test_the_wheel_holds_what_is_not_python(wheel: set[str]) -> None:
    kinds = ["sshauth/tui/*.tcss", "sshauth/db/migrations/versions/*.py", "sshauth/py.typed"]
    assert [kind for kind in kinds if not any(fnmatch(name, kind) for name in wheel)] == []


def test_the_wheel_brings_nothing_beside_the_package(wheel: set[str]) -> None:
    assert {name.partition("/")[0].partition("-")[0] for name in wheel} == {"sshauth"}
