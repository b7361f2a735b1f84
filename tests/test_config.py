"""Settings: what variables may hold, where they come from, and what is said of wrong ones."""

import os
import re
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from sshauth.config import FORMER, SECRETS, ConfigError, MailServer, Settings, load_settings, read_settings
from sshauth.config_tunnel import Relay

ROOT = Path(__file__).parent.parent
FERNET_KEYS = [urlsafe_b64encode(bytes([n]) * 32).decode() for n in (1, 2)]
LONG_SECRET = "0123456789abcdef" * 2


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Leave no variable of the caller's and no .env in sight."""
    for name in os.environ:
        if name.lower() in Settings.model_fields:
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def settings_of(**variables: str) -> Settings:
    """Load settings from an environment with these variables, expecting no warning."""
    settings, warnings = load_in(variables)
    assert warnings == []
    return settings


def load_in(variables: dict[str, str]) -> tuple[Settings, list[str]]:
    """Load settings from an environment with these variables."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        return load_settings()


def problems_of(**variables: str) -> list[str]:
    """Give what is said of an environment with these variables."""
    with pytest.raises(ConfigError) as caught:
        load_in(variables)
    return caught.value.problems


def env_file(text: str, name: str = ".env") -> Path:
    """Write a file of variables to the working directory."""
    path = Path(name)
    path.write_text(text, encoding="utf-8")
    return path


# The template and the class


def shown(default: object) -> str:
    """Write a default as the template does."""
    if default is None or default == ():
        return ""
    return str(int(default)) if isinstance(default, bool) else str(default)


def documented() -> list[tuple[str, str, str]]:
    """Give every variable of the class with its default and its meaning."""
    fields = Settings.model_fields.items()
    return [
        (name.upper(), shown(field.default), str(field.description).removesuffix("."))
        for name, field in fields
    ]


def test_the_template_holds_every_setting_with_its_default_and_meaning() -> None:
    text = (ROOT / ".env.template").read_text(encoding="utf-8")
    rows = re.findall(r"^# (.+)\n([A-Z_]+)=(.*)$", text, re.MULTILINE)
    assert [(name, default, meaning) for meaning, name, default in rows] == documented()
    assert text.count("=") == len(rows)


def test_a_copy_of_the_template_is_like_no_file() -> None:
    without_file = load_settings()
    env_file((ROOT / ".env.template").read_text(encoding="utf-8"))
    assert load_settings() == without_file == (Settings(), [])


def test_what_must_not_be_shown_is_what_the_class_keeps_secret() -> None:
    kept = {name for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)}
    assert kept == SECRETS


# Where values come from


def test_nothing_needs_to_be_set() -> None:
    settings = settings_of()
    assert settings.database == "sqlite:///data/sshauth.db"
    assert (settings.ssh_host, settings.ssh_port) == ("127.0.0.1", 2222)
    assert (settings.data_dir, settings.host_keys_dir) == (Path("data"), Path("host_keys"))
    assert (settings.mail, settings.secret_key, settings.totp_keys) == (None, None, ())
    assert (settings.app_name, settings.motd_file, settings.reset_code_minutes) == ("sshauth", None, 10)
    assert (settings.log_level, settings.log_to_stdout) == ("INFO", False)
    assert settings.ssh_command == "ssh -p 2222 localhost"


def test_the_environment_wins_over_the_file() -> None:
    env_file("SSH_PORT=2022\nAPP_NAME=File\n")
    settings = settings_of(SSH_PORT="2023")
    assert (settings.ssh_port, settings.app_name) == (2023, "File")


def test_a_wrong_value_in_the_file_is_no_matter_where_the_environment_wins() -> None:
    env_file("SSH_PORT=abc\n")
    assert settings_of(SSH_PORT="2023").ssh_port == 2023


@pytest.mark.parametrize("blank", ["", " ", "\t "])
def test_a_blank_variable_leaves_the_value_of_the_file(blank: str) -> None:
    env_file("SSH_PORT=2022\n")
    assert settings_of(SSH_PORT=blank).ssh_port == 2022


@pytest.mark.parametrize("blank", ["", " ", "''", '" "', " # a comment"])
def test_blank_means_unset_for_every_variable(blank: str) -> None:
    env_file("".join(f"{name.upper()}={blank}\n" for name in Settings.model_fields))
    assert load_settings() == (Settings(), [])


def test_spaces_around_a_value_are_not_part_of_it() -> None:
    settings = settings_of(SSH_PORT=" 2022\r", LOG_TO_STDOUT=" yes ", DATA_DIR=" here ")
    assert (settings.ssh_port, settings.log_to_stdout, settings.data_dir) == (2022, True, Path("here"))


def test_a_named_file_is_read_in_place_of_the_usual_one() -> None:
    env_file("SSH_PORT=2022\n")
    other = env_file("APP_NAME=Other\n", "other.env")
    settings, _ = load_settings(other)
    assert (settings.ssh_port, settings.app_name) == (2222, "Other")


def test_a_named_file_that_is_missing_is_an_error() -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(Path("gone.env"))
    assert caught.value.problems == ["gone.env cannot be read: No such file or directory"]


def test_a_directory_of_the_name_is_no_file_of_ours() -> None:
    Path(".env").mkdir()
    assert load_settings() == (Settings(), [])


def test_names_may_be_written_in_lower_case() -> None:
    env_file("app_name=File\n")
    settings = settings_of(ssh_port="2022")
    assert (settings.app_name, settings.ssh_port) == ("File", 2022)


def test_the_file_is_written_as_for_a_shell() -> None:
    env_file("\ufeff# a comment\r\n\r\nexport APP_NAME='Ex #1'  # why\r\nDATA_DIR = \"my data\"\r\n")
    settings = settings_of()
    assert (settings.app_name, settings.data_dir) == ("Ex #1", Path("my data"))


def test_a_password_with_dollars_and_braces_is_taken_as_it_stands() -> None:
    env_file("MAIL_SERVER=mail.example\nMAIL_USERNAME=ada\nMAIL_PASSWORD='a${HOME}b$c'\n")
    mail = settings_of().mail
    assert mail is not None
    assert mail.password == "a${HOME}b$c"


def test_settings_are_frozen_and_take_the_port_that_the_system_gave_by_a_copy() -> None:
    settings = settings_of(SSH_PORT="0")
    with pytest.raises(ValidationError):
        settings.ssh_port = 2022
    assert settings.model_copy(update={"ssh_port": 50022}).ssh_command == "ssh -p 50022 localhost"


# What is said of wrong ones


def test_unknown_names_in_the_file_are_warned_of_with_the_nearest_name() -> None:
    env_file("MAIL_SEVER=mail.example\nSTART_NGROK=1\n_ENV_FILE=other.env\nSSH_PORT=2022\n")
    settings, warnings = load_settings()
    assert settings.ssh_port == 2022
    assert warnings == [
        FORMER["start_ngrok"],
        "MAIL_SEVER in the .env file is not known; did you mean MAIL_SERVER?",
        "_ENV_FILE in the .env file is not known",
    ]


def test_every_wrong_variable_is_named() -> None:
    env_file("APP_NAME=a:b\nnonsense\n")
    problems = problems_of(
        SSH_PORT="abc", MAIL_USE_TLS="1", MAIL_USE_SSL="on", SECRET_KEY="short", LOG_LEVEL="loud"
    )
    assert problems == [
        "line 2 of .env must be NAME=value",
        'APP_NAME must be 1 to 20 ASCII letters, digits, spaces and signs other than the colon, not "a:b"',
        'SSH_PORT must be a whole number from 1 to 65535 (or 0 for any free port), not "abc"',
        "SECRET_KEY must be at least 32 characters long",
        'MAIL_USE_SSL must be off while MAIL_USE_TLS is on, not "on"',
        'LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR, not "loud"',
    ]


@pytest.mark.parametrize(
    "text",
    ["nonsense", "two words=1", "A-B=1", "=1", "'open=1", 'APP_NAME="open', "APP_NAME='a' b", "\x1b[2J=1"],
)  # fmt: skip
def test_a_line_that_is_no_assignment_is_named_by_its_number_and_not_shown(text: str) -> None:
    env_file(f"# a comment\n\n\n{text}\n")
    assert problems_of() == ["line 4 of .env must be NAME=value"]


def test_a_file_that_is_not_text_is_an_error() -> None:
    Path(".env").write_bytes(b"APP_NAME=\xff\xfe\n")
    assert problems_of() == [".env must be text in UTF-8"]


def test_wrong_values_are_shown_cut_and_harmless() -> None:
    assert problems_of(SSH_PORT="\x1b]0;x\x07")[0].endswith(r', not "\u001b]0;x\u0007"')
    assert problems_of(SSH_PORT="9" * 5000)[0].endswith(f', not "{"9" * 60}"')


@pytest.mark.parametrize("name", sorted(SECRETS - {"mail_password", "sendgrid_api_key"}))
def test_secrets_are_never_shown(name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_in({name.upper(): "hunter2"})
    assert [problem.split()[0] for problem in caught.value.problems] == [name.upper()]
    assert "hunter2" not in repr(caught.value)


def test_the_settings_show_no_secret_when_printed() -> None:
    settings = settings_of(
        DATABASE_URL="postgres://ada:hunter2@db/accounts", SECRET_KEY=f"hunter2{LONG_SECRET}",
        TOTP_KEYS=",".join(FERNET_KEYS), MAIL_SERVER="mail.example", MAIL_USERNAME="ada",
        MAIL_PASSWORD="hunter2", SENDGRID_API_KEY="hunter2",
    )  # fmt: skip
    printed = f"{settings!r} {settings} {settings.mail!r}"
    assert not any(secret in printed for secret in ["hunter2", *FERNET_KEYS])


@hypothesis_settings(deadline=None)
@given(st.sampled_from(sorted(Settings.model_fields)), st.text(st.characters(exclude_characters="\0")))
def test_any_text_gives_settings_or_a_sentence(name: str, value: str) -> None:
    try:
        load_in({name.upper(): value.encode(errors="replace").decode()})
    except ConfigError as error:
        assert [problem.split(" must be ")[0] for problem in error.problems] == [name.upper()]


@hypothesis_settings(deadline=None)
@given(st.text())
def test_any_file_gives_settings_or_sentences(text: str) -> None:
    Path("any.env").write_bytes(text.encode(errors="replace"))
    try:
        load_settings(Path("any.env"))
    except ConfigError as error:
        assert all(" must be " in problem for problem in error.problems)


# The kinds of values


@pytest.mark.parametrize(
    ("written", "meant"),
    [("1", True), ("TRUE", True), ("Yes", True), ("on", True),
     ("0", False), ("false", False), ("NO", False), ("Off", False)],
)  # fmt: skip
def test_switches_take_what_people_type(written: str, meant: bool) -> None:
    assert settings_of(LOG_TO_STDOUT=written).log_to_stdout is meant


ACCEPTED = {
    "APP_NAME": ["x", "A b-c.d (e)", "x" * 20],
    "PUBLIC_ADDRESS": ["example.org", "example.org:22", "[2001:db8::1]", "[::1]:65535", "192.0.2.1:2222"],
    "SSH_HOST": ["0.0.0.0", "::", "::1", "localhost", "my_host-1.example"],
    "SSH_PORT": ["0", "1", "65535"],
    "TUNNEL": ["ssh://relay.example", "ssh://a%2Bb+tcp@a.example:443/", "ssh://v2@[2001:db8::1]:22"],
    "TUNNEL_PORT": ["0", "2222"],
    "TUNNEL_HOST": ["*", "1.tcp.example", "0.0.0.0", "::"],
    "METRICS_LISTEN": ["127.0.0.1:9222", "localhost", "[::1]:1"],
    "DATABASE_URL": [
        "sqlite:///data/x.db", "sqlite:////var/x.db", "sqlite+aiosqlite:///x.db",
        "postgres://u:p@host/name", "postgresql://host:5432/name?sslmode=require&sslrootcert=/a.pem",
        "postgresql+asyncpg://u@[::1]/name", "postgresql:///name?host=/run/postgresql",
        "postgres://u:p%40%2F@host/name", "postgres://u:p@one:5432,two:5433,[::1]/name",
    ],
    "SECRET_KEY": ["x" * 32, LONG_SECRET],
    "SECRET_KEY_FALLBACKS": [LONG_SECRET, f"{LONG_SECRET} , {'x' * 32},"],
    "TOTP_KEYS": [FERNET_KEYS[0], " , ".join(FERNET_KEYS), f"{FERNET_KEYS[0]},"],
    "ADMINS": ["ada@example.org", "ada@localhost, grace@example.org,"],
    "MAIL_DEFAULT_SENDER": ["ada@example.org", "Ada L <ada@example.org>", '"L, Ada" <ada@example.org>'],
    "RESET_CODE_MINUTES": ["1", "60"],
    "REGISTRATION": ["open", "Invite", "CLOSED"],
    "REGISTRATION_DOMAINS": ["example.org", "@example.org, *.Example.NET,", "münchen.de"],
    "REGISTRATION_CONTACT": ["it@example.org", "x" * 60],
    "INVITATION_DAYS": ["1", "90"],
    "LOG_LEVEL": ["debug", "Info", "WARNING", "error"],
    "DATA_DIR": ["/var/lib/x", "~/x", "données"],
    "MOTD_FILE": ["/etc/motd", "~/motd", "what is it?"],
}  # fmt: skip

REFUSED = {
    "APP_NAME": ["x" * 21, "a:b", "Zoë", "a\tb", "a\x1bb"],
    "PUBLIC_ADDRESS": [
        "::1", "[::1", "[::g]", "host:", "host:0", "host:65536", "host:x", "ssh://host", "-oProxy=x", "a b",
        "a@b", "host:22:22", "host/", "[host]:22", "host:\u0662",
    ],
    "SSH_HOST": ["localhost:22", "[::1]", "-x", "a b", "a/b", "*"],
    "SSH_PORT": ["-1", "65536", "x", "1.5", "22 23"],
    "TUNNEL": [
        "relay.example", "http://relay.example", "ssh://", "ssh://@relay.example", "ssh://ada:secret@relay.example",
        "ssh://relay.example:0", "ssh://relay.example/x", "ssh://relay.example?x", "ssh://a%20b@relay.example",
        f"ssh://{'a' * 256}@relay.example", "ssh://a%07@relay.example", "ssh://::1",
    ],
    "TUNNEL_PORT": ["65536", "any"],
    "TUNNEL_HOST": ["a b", "*.example", "[::]", "-x", "1::2::3"],
    "METRICS_LISTEN": [":9222", "9222", "127.0.0.1:0", "::1:9222", "9222:", "http://127.0.0.1:9222"],
    "DATABASE_URL": [
        "mysql://u:p@h/n", "x.db", "/var/x.db", "sqlite://", "sqlite:///", "sqlite://x.db", "sqlite:///:memory:",
        "postgres://", "postgresql+psycopg2://h/n", "postgres://u:p/w@h/n", "postgres://u:[p@h/n",
        "postgres://h:99999/n", "POSTGRES://h/n", "postgres:h/n", "postgres://one,two:0/n",
    ],
    "SECRET_KEY": ["x" * 31],
    "SECRET_KEY_FALLBACKS": ["x" * 31, f"{LONG_SECRET},short"],
    "TOTP_KEYS": ["x", FERNET_KEYS[0][:-4], f"{FERNET_KEYS[0]};{FERNET_KEYS[1]}", f"{FERNET_KEYS[0]},é"],
    "ADMINS": ["ada", "ada@", "a@b@c", "ada@example.org;a@b", "Ada <a@b>", "a@b\x7f"],
    "MAIL_DEFAULT_SENDER": ["ada", "Ada <ada>", "a@b, c@d", "L, Ada <a@b>", "a@b\nBcc: c@d", "<>"],
    "MAIL_SERVER": ["mail.example:25", "smtp://mail.example", "[::1]"],
    "MAIL_PORT": ["0", "65536", "smtp"],
    "MAIL_USERNAME": ["ada\x07"],
    "MAIL_USE_TLS": ["2", "STARTTLS"],
    "RESET_CODE_MINUTES": ["0", "61", "ten"],
    "REGISTRATION": ["yes", "1", "invited"],
    "REGISTRATION_DOMAINS": ["example", "localhost", "a@b.org", "*", "*.", "a.org;b.org", "ex ample.org"],
    "REGISTRATION_CONTACT": ["x" * 61, "it\x1b[31m"],
    "INVITATION_DAYS": ["0", "91", "week"],
    "LOG_LEVEL": ["loud", "10"],
    "DATA_DIR": ["a\x1bb", "what?", "~nobody-of-this-name/x"],
    "MOTD_FILE": ["a\x1bb", "~nobody-of-this-name/x"],
}  # fmt: skip


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in ACCEPTED for value in ACCEPTED[name]])
def test_accepted(name: str, value: str) -> None:
    needs = {"TUNNEL": "ssh://relay.example"} if name.startswith("TUNNEL") else {}
    settings_of(**{**needs, name: value})


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in REFUSED for value in REFUSED[name]])
def test_refused(name: str, value: str) -> None:
    (problem,) = problems_of(**{name: value})
    assert problem.startswith(f"{name} must be ")


def test_domains_are_written_as_addresses_have_them() -> None:
    domains = settings_of(REGISTRATION_DOMAINS="@Example.ORG, *.XN--MNCHEN-3YA.de").registration_domains
    assert domains == ("example.org", "*.münchen.de")


def test_a_refused_database_url_is_answered_with_the_accepted_ones() -> None:
    (problem,) = problems_of(DATABASE_URL="mysql://u:hunter2@h/n")
    words = [
        "sqlite:///path",
        "sqlite:////absolute/path",
        "postgres://user:password@host/name",
        "postgresql://",
    ]
    assert all(word in problem for word in words)


def test_lists_are_written_with_commas() -> None:
    settings = settings_of(ADMINS="ada@example.org, grace@example.org", TOTP_KEYS=",".join(FERNET_KEYS))
    assert settings.admins == ("ada@example.org", "grace@example.org")
    assert [key.get_secret_value() for key in settings.totp_keys] == FERNET_KEYS


def test_the_home_directory_may_be_written_as_a_tilde() -> None:
    settings = settings_of(DATA_DIR="~/x", MOTD_FILE="~/motd", HOME="/home/ada")
    assert (settings.data_dir, settings.motd_file) == (Path("/home/ada/x"), Path("/home/ada/motd"))


# What follows from them


def test_the_database_is_the_one_given_or_lies_in_the_data_directory() -> None:
    assert settings_of(DATA_DIR="/var/lib/x").database == "sqlite:////var/lib/x/sshauth.db"
    url = "postgres://ada:hunter2@db/accounts?sslmode=require"
    assert settings_of(DATABASE_URL=url, DATA_DIR="/var/lib/x").database == url


@pytest.mark.parametrize(
    ("variables", "command"),
    [
        ({}, "ssh -p 2222 localhost"),
        ({"SSH_PORT": "22"}, "ssh localhost"),
        ({"SSH_HOST": "::1"}, "ssh -p 2222 localhost"),
        ({"SSH_HOST": "127.0.0.9"}, "ssh -p 2222 127.0.0.9"),
        ({"SSH_HOST": "192.0.2.1"}, "ssh -p 2222 192.0.2.1"),
        ({"SSH_HOST": "box.example"}, "ssh -p 2222 box.example"),
        ({"SSH_HOST": "0.0.0.0"}, "ssh -p 2222 this-machine"),
        ({"SSH_HOST": "::"}, "ssh -p 2222 this-machine"),
        ({"PUBLIC_ADDRESS": "example.org", "SSH_HOST": "0.0.0.0"}, "ssh -p 2222 example.org"),
        ({"PUBLIC_ADDRESS": "example.org:22"}, "ssh example.org"),
        ({"PUBLIC_ADDRESS": "[2001:db8::1]:2022"}, "ssh -p 2022 2001:db8::1"),
    ],
)
def test_the_command_to_connect(
    variables: dict[str, str], command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "this-machine")
    assert settings_of(**variables).ssh_command == command


@pytest.mark.parametrize(
    ("variables", "sender"),
    [
        ({}, "sshauth <noreply@localhost>"),
        ({"SSH_HOST": "0.0.0.0"}, "sshauth <noreply@localhost>"),
        ({"PUBLIC_ADDRESS": "example.org:22", "APP_NAME": "Our club"}, "Our club <noreply@example.org>"),
        ({"PUBLIC_ADDRESS": "192.0.2.1"}, "sshauth <noreply@[192.0.2.1]>"),
        ({"PUBLIC_ADDRESS": "[2001:db8::1]"}, "sshauth <noreply@[IPv6:2001:db8::1]>"),
        ({"APP_NAME": "A, <b>"}, '"A, <b>" <noreply@localhost>'),
        ({"MAIL_DEFAULT_SENDER": "Ada <ada@example.org>"}, "Ada <ada@example.org>"),
    ],
)
def test_the_sender_of_mails(variables: dict[str, str], sender: str) -> None:
    assert settings_of(**variables).sender == sender


def mail_server(**known: Any) -> MailServer:
    """Give a mail server as it is when only this is known of it."""
    plain = {
        "host": "mail.example",
        "port": 25,
        "starttls": False,
        "ssl": False,
        "username": None,
        "password": None,
    }
    return MailServer(**{**plain, "sender": "sshauth <noreply@localhost>", **known})


SERVER = {"MAIL_SERVER": "mail.example"}
SIGNED_IN = {"username": "ada", "password": "pw"}
SENDGRID = {"host": "smtp.sendgrid.net", "username": "apikey", "password": "SG.x"}


@pytest.mark.parametrize(
    ("variables", "mail"),
    [
        ({}, None),
        (SERVER, mail_server()),
        (SERVER | {"MAIL_USE_TLS": "1"}, mail_server(port=587, starttls=True)),
        (SERVER | {"MAIL_USE_SSL": "1"}, mail_server(port=465, ssl=True)),
        (SERVER | {"MAIL_USE_SSL": "1", "MAIL_PORT": "2465"}, mail_server(port=2465, ssl=True)),
        (SERVER | {"MAIL_USERNAME": "ada", "MAIL_PASSWORD": "pw"}, mail_server(**SIGNED_IN)),
        (SERVER | {"MAIL_USERNAME": "ada", "SENDGRID_API_KEY": "pw"}, mail_server(**SIGNED_IN)),
        (
            SERVER | {"MAIL_USERNAME": "ada", "MAIL_PASSWORD": "pw", "SENDGRID_API_KEY": "no"},
            mail_server(**SIGNED_IN),
        ),
        ({"SENDGRID_API_KEY": "SG.x"}, mail_server(port=587, starttls=True, **SENDGRID)),
        ({"SENDGRID_API_KEY": "SG.x", "MAIL_USE_TLS": "1"}, mail_server(port=587, starttls=True, **SENDGRID)),
        ({"SENDGRID_API_KEY": "SG.x", "MAIL_USE_SSL": "1"}, mail_server(port=465, ssl=True, **SENDGRID)),
        ({"SENDGRID_API_KEY": "SG.x", "MAIL_PORT": "25"}, mail_server(port=25, starttls=True, **SENDGRID)),
    ],
)  # fmt: skip
def test_the_mail_server(variables: dict[str, str], mail: MailServer | None) -> None:
    assert settings_of(**variables).mail == mail


@pytest.mark.parametrize(
    ("variables", "warning"),
    [
        ({"MAIL_PORT": "25"}, "MAIL_PORT has no effect without MAIL_SERVER"),
        ({"MAIL_USE_TLS": "1"}, "MAIL_USE_TLS has no effect without MAIL_SERVER"),
        ({"SENDGRID_API_KEY": "x", "MAIL_PASSWORD": "pw"}, "MAIL_PASSWORD has no effect without MAIL_SERVER"),
        (SERVER | {"MAIL_USERNAME": "ada"}, "mail is sent without signing in"),
        (SERVER | {"MAIL_PASSWORD": "pw"}, "mail is sent without signing in"),
        (SERVER | {"SENDGRID_API_KEY": "x"}, "mail is sent without signing in"),
    ],
)  # fmt: skip
def test_mail_settings_without_effect_are_warned_of(variables: dict[str, str], warning: str) -> None:
    _, (said,) = load_in(variables)
    assert said.startswith(warning)


# Watching


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("127.0.0.1:9222", ("127.0.0.1", 9222)),
        ("localhost", ("localhost", 9222)),
        ("[::1]:9000", ("::1", 9000)),
        ("", None),
    ],
)
def test_the_address_to_be_watched_at(value: str, address: tuple[str, int] | None) -> None:
    assert settings_of(METRICS_LISTEN=value).metrics_address == address


# The tunnel


def test_the_relay_of_a_tunnel() -> None:
    """Its user name may be a token, so it does not show."""
    assert settings_of().relay is None
    assert settings_of(TUNNEL="ssh://relay.example").relay == Relay("sshauth", "relay.example", 22)
    relay = settings_of(TUNNEL="ssh://hunter%322+tcp@[::1]:443").relay
    assert relay == Relay("hunter22+tcp", "::1", 443)
    assert "hunter" not in repr(relay)


def test_tunnel_settings_without_effect_are_warned_of() -> None:
    _, warnings = load_in({"TUNNEL_PORT": "2222", "TUNNEL_TRUST_ORIGIN": "1", "TUNNEL_HOST": ""})
    assert warnings == [
        "TUNNEL_PORT has no effect without TUNNEL",
        "TUNNEL_TRUST_ORIGIN has no effect without TUNNEL",
    ]


def test_secrets_are_handed_on_whole() -> None:
    assert settings_of(SECRET_KEY=LONG_SECRET).secret_key == SecretStr(LONG_SECRET)


def test_what_is_wrong_can_be_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each wrong value is said, of the environment and of the file; a default stands in, the rest is read."""
    monkeypatch.setenv("MAIL_PORT", "99999")
    path = env_file("APP_NAME=ours\nSESSION_HOURS=many\nSECRET_KEY=short\nnonsense\nTYPO=1\nADMINS=\n")
    reading = read_settings()
    assert (reading.settings.app_name, reading.settings.session_hours) == ("ours", 12)
    assert (reading.settings.mail_port, reading.settings.secret_key) == (None, None)
    assert reading.wrong == {"mail_port", "session_hours", "secret_key"}
    assert len(reading.problems) == 4
    assert reading.warnings == ["TYPO in the .env file is not known"]
    assert (reading.env_file, "admins" in reading.in_file) == (path, False)
    with pytest.raises(ConfigError) as refused:
        load_settings()
    assert refused.value.problems == reading.problems
