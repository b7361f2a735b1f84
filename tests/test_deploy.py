"""The files in deploy/: they fit each other and the program, and their check finds what is wrong."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from ipaddress import ip_address, ip_network
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from sshauth.cli import app
from sshauth.commands.running import WRONG_USE
from sshauth.config import Settings, load_settings
from sshauth.service.systemd import TIME_TO_END_SECONDS
from tests.e2e.processes import eventually, log_of
from tests.support.balancer import ADDRESS
from tests.support.net import free_port
from tests.support.server import Server, clean_env

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?P<kind>:?[-?])(?P<rest>[^}]*)\}")
SECRET = "0123456789abcdef" * 3


def script() -> ModuleType:
    """Load deploy/check, which has no ending."""
    loader = SourceFileLoader("deploy_check", str(DEPLOY / "check"))
    spec = spec_from_loader("deploy_check", loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


check = script()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Give a copy of deploy/ to break, beside a Dockerfile."""
    shutil.copy(ROOT / "Dockerfile", tmp_path)
    return shutil.copytree(DEPLOY, tmp_path / "deploy", ignore=shutil.ignore_patterns(*check.NOT_OURS))


FAULTS = [
    ("script", "check", "import json\n", "import json, ast\n", "F401"),
    ("compose", "compose.yaml", "    image: postgres:17-alpine", "    imagine: postgres", "imagine"),
    ("compose", "compose.yaml", "condition: service_healthy", "condition: service_well", "service_well"),
    ("haproxy", "haproxy/haproxy.cfg", "balance leastconn", "balance fairly", "balance only supports"),
    ("haproxy", "haproxy/haproxy.cfg", "    timeout server 169h\n", "", "missing timeouts"),
    ("units", "systemd/sshauth.service", "Type=notify", "Type=notice", "Failed to parse"),
    ("units", "systemd/sshauth.service", "ProtectSystem=", "ProtectSistem=", "ProtectSistem"),
    ("units", "systemd/sshauth.service", "ExecStart=/opt", "ExecStart=/nowhere", "not executable"),
    ("units", "systemd/sshauth.service", "CapabilityBoundingSet=\n", "", "exposure level"),
    ("units", "systemd/sshauth.socket", "ListenStream=", "ListenStreams=", "ListenStreams"),
    ("prometheus", "prometheus/prometheus.yml", "scrape_interval", "scrape_often", "scrape_often"),
    ("prometheus", "prometheus/alerts.yml", "sshauth_ready == 0", "sshauth_ready == ", "could not parse"),
    ("prometheus", "prometheus/alerts.yml", "sshauth_ready == 0", "sshauth_readi == 0", "sshauth_readi "),
    ("dashboard", "grafana/dashboard.json", "{", "", "no JSON"),
    ("dashboard", "grafana/dashboard.json", "min(sshauth_ready", "min((sshauth_ready", "could not parse"),
    ("dashboard", "grafana/dashboard.json", "sshauth_ready", "sshauth_readi", "sshauth_readi "),
    ("fail2ban", "fail2ban/filter.d/sshauth.conf", r"sign_in\.refused", "sign_in.denied", "finds nothing"),
    ("fail2ban", "fail2ban/filter.d/sshauth.conf", r"(?:\S+ \S+: \{", r"(?:\{", "finds nothing"),
    ("fail2ban", "fail2ban/filter.d/sshauth.conf", r"sign_in\.refused", r"sign_in\.\w+", "192.0.2.1"),
    ("fail2ban", "fail2ban/jail.d/sshauth.conf", "= sshauth", "= sshaut", "Unable to read the filter"),
    ("fail2ban", "fail2ban/jail.d/sshauth.conf", "maxretry = 6", "maxretry = six", "Wrong value"),
    ("dockerfile", "../Dockerfile", "WORKDIR /src", "WORKDIR src", "DL3000"),
]


@pytest.mark.interop
@pytest.mark.parametrize(("name", "file", "right", "wrong", "words"), FAULTS)
def test_each_check_finds_what_is_wrong(
    copy: Path, name: str, file: str, right: str, wrong: str, words: str
) -> None:
    """By its own tool, in the file that it looks at."""
    text = (copy / file).read_text()
    assert right in text
    (copy / file).write_text(text.replace(right, wrong, 1))
    assert words in "\n".join(check.found_by(getattr(check, name), copy))


def test_one_fault_fails_the_whole(
    copy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a line for each check, and what was found below it; the gate looks at the files as they are."""
    monkeypatch.setattr(check, "CHECKS", {check.compose: ("compose.yaml",), check.script: ("check",)})
    monkeypatch.setattr(check, "nobodys", lambda _: iter(()))
    monkeypatch.setattr(sys, "argv", ["check", str(copy)])
    assert check.main() == 0
    (copy / "compose.yaml").write_text("services: none\n")
    assert check.main() == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[:4] == ["compose: ok", "script: ok", "<lambda>: ok", "compose: FAILED"]
    assert all(line.startswith("    ") for line in lines[4:-2])
    assert lines[-2:] == ["script: ok", "<lambda>: ok"]


def test_every_check_is_proven_to_find_something() -> None:
    """Every file has a row in the table of faults."""
    broken = {file for _, file, *_ in FAULTS}
    assert broken == {name for names in check.CHECKS.values() for name in names}


def test_a_file_that_nothing_looks_at_is_a_fault(copy: Path) -> None:
    """Wherever it lies."""
    assert check.found_by(check.nobodys, copy) == []
    (copy / "haproxy/other.cfg").touch()
    assert check.found_by(check.nobodys, copy) == ["nothing checks haproxy/other.cfg"]


@pytest.mark.parametrize("name", [each.__name__ for each in check.CHECKS])
def test_a_tool_that_is_missing_is_a_fault(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing passes because nobody looked."""
    monkeypatch.setattr(check, "PATH", "/nowhere")
    (problem,) = check.found_by(getattr(check, name), DEPLOY)
    assert re.fullmatch(r"[\w-]+ is missing: install it", problem)


@pytest.mark.parametrize("name", [each.__name__ for each in check.CHECKS if each.__name__ != "units"])
def test_a_file_that_is_missing_is_a_fault(name: str, copy: Path) -> None:
    """It was lost, or is called something else now."""
    (file, *_) = check.CHECKS[getattr(check, name)]
    (copy / file).unlink()
    assert check.found_by(getattr(check, name), copy) != []


def interpolated(whole: Any, values: Mapping[str, str]) -> Any:
    """Put in values as Compose does, into what was read; what must be there and is not is an error."""

    def value_of(match: re.Match[str]) -> str:
        name, kind, rest = match["name"], match["kind"], match["rest"]
        there = name in values and (values[name] or not kind.startswith(":"))
        assert there or kind.endswith("-"), f"{name} {rest}"
        return values[name] if there else rest

    if isinstance(whole, dict):
        return {name: interpolated(part, values) for name, part in whole.items()}
    if isinstance(whole, list):
        return [interpolated(part, values) for part in whole]
    return VARIABLE.sub(value_of, whole) if isinstance(whole, str) else whole


def composed(**values: str) -> dict[str, Any]:
    """Read compose.yaml as Compose does."""
    found: dict[str, Any] = interpolated(YAML(typ="safe").load(DEPLOY / "compose.yaml"), values)
    return found


@pytest.fixture
def services() -> dict[str, dict[str, Any]]:
    """Give the services as they are when only what must be set is."""
    found: dict[str, dict[str, Any]] = composed(POSTGRES_PASSWORD=SECRET)["services"]
    return found


def settings_in(node: Mapping[str, Any], own: str, tmp_path: Path) -> Settings:
    """Read the settings of a node; what compose.yaml says wins over what .env does."""
    env_file = tmp_path / "node.env"
    lines = [f"{name}='{value}'\n" for name, value in node["environment"].items()]
    env_file.write_text("".join([own, *lines]))
    settings, warnings = load_settings(env_file)
    assert warnings == []
    return settings


def test_the_nodes_of_compose_are_alike_and_rightly_set(
    services: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    """They differ by name and address alone, know the balancer, and have the keys that were made for them."""
    keys = CliRunner().invoke(app, ["secrets", "new"]).stdout
    one, two = (services[name] for name in ("node1", "node2"))
    differing = {name for name in one if one[name] != two[name]}
    assert differing == {"hostname", "environment", "networks", "depends_on"}
    for node in (one, two):
        settings = settings_in(node, keys, tmp_path)
        address = node["networks"]["inside"]["ipv4_address"]
        balancer = services["haproxy"]["networks"]["inside"]["ipv4_address"]
        assert settings.metrics_address == (address, 9222)
        assert settings.proxy_from == (ip_network(balancer),)
        assert settings.database == f"postgres://sshauth:{SECRET}@postgres/sshauth"
        assert settings.mail is not None
        assert (settings.mail.host, settings.mail.port) == ("mailpit", 25)
        assert settings.secret_key
        assert settings.totp_keys
        assert float(node["stop_grace_period"].removesuffix("s")) >= settings.drain_seconds + 10


def test_what_an_operator_sets_holds_for_both_nodes(tmp_path: Path) -> None:
    """A mail server in place of Mailpit, or SendGrid alone."""
    own = {"POSTGRES_PASSWORD": SECRET, "MAIL_SERVER": "smtp.example.org", "PUBLISH": "0.0.0.0:22"}
    services = composed(**own)["services"]
    env = "MAIL_SERVER=smtp.example.org\nMAIL_USE_TLS=1\n"
    for name in ("node1", "node2"):
        settings = settings_in(services[name], env, tmp_path)
        assert settings.mail is not None
        assert (settings.mail.host, settings.mail.port) == ("smtp.example.org", 587)
    assert services["haproxy"]["ports"] == ["0.0.0.0:22:2222"]
    blank = composed(POSTGRES_PASSWORD=SECRET, MAIL_SERVER="")["services"]
    by_sendgrid = settings_in(blank["node1"], "SENDGRID_API_KEY=SG.x\n", tmp_path)
    assert by_sendgrid.mail is not None
    assert by_sendgrid.mail.host == "smtp.sendgrid.net"


def test_compose_holds_no_secret_and_does_not_start_without() -> None:
    """The password of the database must be set; the keys come from a file that git ignores."""
    with pytest.raises(AssertionError, match="POSTGRES_PASSWORD is not in"):
        composed(POSTGRES_PASSWORD="")
    assert composed(POSTGRES_PASSWORD=SECRET)["services"]["node1"]["env_file"] == ".env"


def test_addresses_in_compose_are_nobody_elses() -> None:
    """Those that are written down lie in the network, and outside of what is given to others."""
    whole = composed(POSTGRES_PASSWORD=SECRET)
    (range_,) = whole["networks"]["inside"]["ipam"]["config"]
    placed = [each["networks"] for each in whole["services"].values() if isinstance(each["networks"], dict)]
    addresses = [ip_address(networks["inside"]["ipv4_address"]) for networks in placed]
    assert len(set(addresses)) == 3
    assert all(each in ip_network(range_["subnet"]) for each in addresses)
    assert not any(each in ip_network(range_["ip_range"]) for each in addresses)
    assert whole["networks"]["inside"]["internal"] is True


def test_every_container_is_closed(services: dict[str, dict[str, Any]]) -> None:
    """None can change its files or gain rights, and only the balancer and the mail reader are reached."""
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
    assert {name for name in services if "ports" in services[name]} == {"haproxy", "mailpit"}
    assert all(port.startswith("127.0.0.1:") for name in services for port in services[name].get("ports", ()))


def test_what_a_node_writes_lies_where_its_user_may(services: dict[str, dict[str, Any]]) -> None:
    """By the directories and the user of the image."""
    image = (ROOT / "Dockerfile").read_text()
    (user,) = re.findall(r"^USER (\d+)$", image, re.MULTILINE)
    assert f"useradd --uid {user} " in image
    directories = dict(re.findall(r"(DATA_DIR|HOST_KEYS_DIR)=(\S+)", image))
    node = services["node1"]
    assert node["volumes"] == [f"host-keys:{directories['HOST_KEYS_DIR']}"]
    data, _, options = node["tmpfs"][1].partition(":")
    assert data == directories["DATA_DIR"]
    assert {f"uid={user}", f"gid={user}", "mode=0700"} <= set(options.split(","))


def test_haproxy_knows_the_nodes_of_compose(services: dict[str, dict[str, Any]]) -> None:
    """By name and port; the port that it listens at is the one that is published."""
    balancer = (DEPLOY / "haproxy/haproxy.cfg").read_text()
    named = re.findall(r"^    server (\w+) (\w+):2222$", balancer, re.MULTILINE)
    assert named == [(name, name) for name in services if name.startswith("node")]
    assert "    bind :2222\n" in balancer
    assert services["haproxy"]["ports"][0].endswith(":2222")


@pytest.mark.interop
def test_haproxy_tells_a_node_where_people_come_from(tmp_path: Path) -> None:
    """With the file as it is, but for names and ports; a node that is not there is passed over."""
    port, text = free_port(), (DEPLOY / "haproxy/haproxy.cfg").read_text()
    with Server(tmp_path, {"PROXY_FROM": ADDRESS}) as server:
        text = (
            text.replace("bind :2222", f"bind 127.0.0.1:{port}")
            .replace("init-addr none", "")
            .replace("maxconn 10000", "maxconn 100")
        )
        text = text.replace("send-proxy-v2", f"source {ADDRESS} send-proxy-v2")
        text = text.replace("node1:2222", f"127.0.0.1:{server.port}")
        text = text.replace("node2:2222", f"127.0.0.1:{free_port()}")
        (tmp_path / "haproxy.cfg").write_text(text)
        command = ["haproxy", "-db", "-q", "-f", str(tmp_path / "haproxy.cfg")]
        balancer = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            options = ("-p", str(port), "-b", "127.0.0.7")
            eventually(lambda: sees_sign_in(server, options), "somebody is let in by the balancer")
        finally:
            balancer.terminate()
            balancer.wait(10)
        addresses = {line["address"] for line in log_of(server) if line["event"] == "session.began"}
        assert addresses == {"127.0.0.7"}


def sees_sign_in(server: Server, options: tuple[str, ...]) -> bool:
    """Connect as a screen reader does, and leave."""
    command = server.ssh_command(user="plain", options=("-tt", *options))
    done = subprocess.run(command, input="\x04", capture_output=True, text=True, check=False, timeout=20)
    return "sign in" in done.stdout


def said_by(command: list[str]) -> bytes:
    """Give what a program prints."""
    return subprocess.run(command, capture_output=True, check=False).stdout


def unit(name: str) -> dict[str, list[str]]:
    """Give what a unit says, by name."""
    said: dict[str, list[str]] = {}
    for line in (DEPLOY / "systemd" / name).read_text().splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            said.setdefault(key, []).append(value)
    return said


def test_the_unit_fits_the_program() -> None:
    """Its variables are settings, its times suffice, and a wrong configuration is not tried again."""
    service = unit("sshauth.service")
    names = [pair.partition("=")[0].lower() for pair in service["Environment"][0].split()]
    assert set(names) <= Settings.model_fields.keys()
    assert service["RestartPreventExitStatus"] == [str(WRONG_USE)]
    assert int(service["TimeoutStopSec"][0]) >= Settings().drain_seconds + TIME_TO_END_SECONDS
    assert service["Type"] == ["notify"]
    assert service["WorkingDirectory"] == [f"/var/lib/{service['StateDirectory'][0]}"]


@pytest.mark.interop
def test_a_port_below_1024_is_served_without_privileges(tmp_path: Path) -> None:
    """Systemd's own tool opens it, as the socket unit has systemd do, for a process that may do nothing."""
    port = 722 if os.geteuid() == 0 else free_port()  # who is not root has no way to open such a port
    env = clean_env(tmp_path, SSH_PORT=str(port), LOG_TO_STDOUT="1")
    given = [f"--setenv={name}={value}" for name, value in env.items()]
    bare = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]
    activate = ["systemd-socket-activate", f"--listen=127.0.0.22:{port}", *given, *bare]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [*activate, sys.executable, "-m", "sshauth", "serve"], cwd=tmp_path, stdout=log, stderr=log
        )
    try:
        command = ["ssh-keyscan", "-T", "20", "-t", "ed25519", "-p", str(port), "127.0.0.22"]
        eventually(
            lambda: b"ssh-ed25519" in subprocess.run(command, capture_output=True, check=False).stdout,
            "a host key",
        )
        status = Path(f"/proc/{process.pid}/status").read_text()
        assert re.search(r"^CapBnd:\t0+$", status, re.MULTILINE)
        assert re.search(r"^NoNewPrivs:\t1$", status, re.MULTILINE)
    finally:
        process.terminate()
        assert process.wait(20) == 0
