"""Configuration: every variable of .env.template, read once, checked, frozen."""

import json
import os
import socket
from dataclasses import dataclass
from difflib import get_close_matches
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from sshauth import config_values as kinds
from sshauth.config_file import read_env_file
from sshauth.config_mail import MailServer, usual_sender
from sshauth.config_tunnel import Relay, TunnelHost, TunnelUrl, relay_of

__all__ = ["ConfigError", "MailServer", "Reading", "Settings", "load_settings", "read_settings"]

SENDGRID_HOST = "smtp.sendgrid.net"
SENDGRID_USERNAME = "apikey"
SSH_PORT = 22
METRICS_PORT = 9222
SECRETS = {
    "database_url", "secret_key", "secret_key_fallbacks", "totp_keys", "mail_password", "sendgrid_api_key",
    "tunnel",
}  # fmt: skip
FORMER = {
    "start_ngrok": "START_NGROK does nothing here: for a public address set TUNNEL (docs/public-address.md), "
    "or type by hand: ngrok tcp 2222",
}
"""Names that .env files hold from what was there before, and what to do now."""


class ConfigError(Exception):
    """The configuration is wrong; `problems` has a sentence for each thing that is, without secrets."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class Settings(BaseSettings):
    """All settings, by the lower-case names of their variables, from the environment. Blank means unset.

    With `ssh_port` 0, `model_copy(update={"ssh_port": port})` gives settings that name the true port.

    Raises:
        pydantic.ValidationError: a value is wrong; `load_settings` says it in words.
    """

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", hide_input_in_errors=True, use_attribute_docstrings=True
    )

    app_name: kinds.AppName = "sshauth"
    """Name in titles, mails and authenticators: 1 to 20 ASCII signs, no colon."""
    motd_file: kinds.File | None = None
    """Text file that everybody sees above Sign in, up to five lines of it; blank: none."""
    public_address: kinds.PublicAddress | None = None
    """host or host:port to connect to; what is left out comes from SSH_HOST and SSH_PORT."""
    ssh_host: kinds.Host = "127.0.0.1"
    """Address to listen on; 0.0.0.0 for all of IPv4."""
    ssh_port: kinds.ListenPort = 2222
    """Port to listen on; 0 for any free port."""
    proxy_from: kinds.Networks = ()
    """Addresses or networks of proxies that tell the true address (PROXY protocol), commas between."""
    tunnel: TunnelUrl | None = None
    """ssh://user@host:port of a relay that makes this server public by a reverse tunnel; blank: none."""
    tunnel_port: kinds.ListenPort = 0
    """Port to ask the relay for; 0: any."""
    tunnel_host: TunnelHost | None = None
    """Name or address to ask the relay for; blank: its own choice, or all with TUNNEL_TRUST_ORIGIN."""
    tunnel_command: kinds.Text | None = None
    """Command to give the relay; blank: tcp for ngrok, none for others."""
    tunnel_trust_origin: kinds.Switch = False
    """1: the relay is your own sshd, and tells everybody's true address; 0: a tunnel is one address."""
    tunnel_key: kinds.File | None = None
    """Private key to sign in to the relay with; blank: a file made once in DATA_DIR."""
    tunnel_known_hosts: kinds.File | None = None
    """known_hosts file that holds the relay's host key; blank: DATA_DIR/known_hosts."""
    workers: kinds.Workers = 1
    """Processes that serve, 1 to 64; one a core is plenty."""
    drain_seconds: kinds.DrainSeconds = 20
    """Seconds that people have to finish when the server stops, 0 to 3600."""
    host_keys_dir: kinds.Directory = Path("host_keys")
    """Directory of the server's host keys, which the first start makes."""
    host_key_rsa: kinds.Switch = False
    """1: an RSA host key of 3072 bits beside the ed25519 one, for old clients."""
    data_dir: kinds.Directory = Path("data")
    """Directory of the SQLite database, of secrets that sshauth makes, of unsent mail."""
    database_url: kinds.DatabaseUrl | None = None
    """sqlite:///path or postgres://user:password@host/name; blank: DATA_DIR/sshauth.db."""
    secret_key: kinds.SecretKey | None = None
    """Makes mailed codes, at least 32 characters; blank: a file made once in DATA_DIR."""
    secret_key_fallbacks: kinds.SecretKeys = ()
    """Former or future SECRET_KEYs that are accepted too, commas between, while it is changed."""
    totp_keys: kinds.FernetKeys = ()
    """Fernet keys, commas between, first one encrypts; blank: a file made once in DATA_DIR."""
    reset_code_minutes: kinds.Minutes = 10
    """Minutes that a reset code works, 1 to 60."""
    registration: kinds.Registration = "open"
    """open: everybody may create an account; invite: whoever is invited; closed: nobody."""
    registration_domains: kinds.Domains = ()
    """Domains that email addresses must be at, commas between, *.example.org for all below; blank: any."""
    registration_contact: kinds.Contact | None = None
    """Whom to ask for an account or an invitation; blank: the people who run APP_NAME."""
    invitation_days: kinds.InvitationDays = 7
    """Days that an invitation works, 1 to 90."""
    session_idle_minutes: kinds.IdleMinutes = 30
    """Minutes with nothing typed after which a signed-in person is signed out, 1 to 1440."""
    session_hours: kinds.SessionHours = 12
    """Hours after which a session ends in any case, 1 to 168."""
    registrations_per_hour: kinds.Count = 5
    """Registrations that one address may begin in an hour, 1 to 100000."""
    registrations_unfinished: kinds.Count = 3
    """Unfinished registrations that one address may have at once, 1 to 100000."""
    connections_per_minute: kinds.Count = 30
    """New connections from one address in a minute, 1 to 100000."""
    connections_per_source: kinds.Count = 100
    """Connections that one address may have at once, 1 to 100000."""
    strangers_per_source: kinds.Count = 10
    """Of these, connections where nobody has signed in yet, 1 to 100000."""
    strangers_in_all: kinds.Count = 1000
    """Connections in all where nobody has signed in yet, 1 to 100000."""
    audit_days: kinds.Days = 400
    """Days that the audit log goes back, 1 to 3650."""
    session_days: kinds.Days = 90
    """Days that ended sessions are kept, with the addresses they came from, 1 to 3650."""
    address_days: kinds.Days = 90
    """Days that the audit log keeps addresses, 1 to 3650."""
    admins: kinds.Emails = ()
    """Email addresses that hear of faults and of new administrators, commas between; they make nobody one."""
    mail_server: kinds.Host | None = None
    """SMTP server; blank: mail is written as .eml files to DATA_DIR/outbox."""
    mail_port: kinds.Port | None = None
    """SMTP port; blank: 25, or 587 with MAIL_USE_TLS, or 465 with MAIL_USE_SSL."""
    mail_use_tls: kinds.Switch = False
    """1: go over to TLS by STARTTLS."""
    mail_use_ssl: kinds.Switch = False
    """1: speak TLS from the start."""
    mail_username: kinds.Text | None = None
    """Name to sign in to the SMTP server with."""
    mail_password: SecretStr | None = None
    """Password to sign in to the SMTP server with."""
    mail_default_sender: kinds.Sender | None = None
    """Sender of mails; blank: APP_NAME and noreply@ the host of PUBLIC_ADDRESS."""
    sendgrid_api_key: SecretStr | None = None
    """Alone: send by SendGrid; with MAIL_SERVER: the password if MAIL_PASSWORD is blank."""
    mails_per_hour: kinds.Count = 1000
    """Mails with codes that strangers can have sent in an hour, 1 to 100000."""
    metrics_listen: kinds.ListenAddress | None = None
    """host:port to tell programs how the service is, such as 127.0.0.1:9222; blank: nowhere."""
    log_to_stdout: kinds.Switch = False
    """1: log to standard output; 0: to files in DATA_DIR/logs."""
    log_level: kinds.LogLevel = "INFO"
    """DEBUG, INFO, WARNING or ERROR."""

    @model_validator(mode="before")
    @classmethod
    def _tidy(cls, values: dict[str, object]) -> dict[str, object]:
        """Take the spaces around values away, and leave out what is blank then."""
        tidy = {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
        return {name: value for name, value in tidy.items() if value != ""}

    @field_validator("mail_use_ssl")
    @classmethod
    def _one_kind_of_tls(cls, value: bool, others: ValidationInfo) -> bool:  # noqa: FBT001 - pydantic calls it
        if value and others.data.get("mail_use_tls"):
            message = "off while MAIL_USE_TLS is on"
            raise ValueError(message)
        return value

    @property
    def database(self) -> str:
        """The URL of the database, with its password: the one given, or SQLite in DATA_DIR."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.data_dir / 'sshauth.db'}"

    @property
    def public_host(self) -> str:
        """The host that people type after `ssh`; an IPv6 address stands without brackets."""
        if self.public_address is not None:
            return kinds.split_address(self.public_address)[0]
        return _name_to_reach(self.ssh_host)

    @property
    def public_port(self) -> int:
        """The port that people connect to: that of PUBLIC_ADDRESS, else SSH_PORT."""
        port = kinds.split_address(self.public_address)[1] if self.public_address is not None else None
        return port or self.ssh_port

    @property
    def ssh_command(self) -> str:
        """The command that people type to connect."""
        return command_to(self.public_host, self.public_port)

    @property
    def relay(self) -> Relay | None:
        """The relay that a tunnel goes by; None without one."""
        return relay_of(self.tunnel.get_secret_value()) if self.tunnel else None

    @property
    def metrics_address(self) -> tuple[str, int] | None:
        """The address to tell programs how the service is; None for nowhere."""
        if self.metrics_listen is None:
            return None
        host, port = kinds.split_address(self.metrics_listen)
        return host, port or METRICS_PORT

    @property
    def sender(self) -> str:
        """The From of mails, a header's value in ASCII or Unicode."""
        if self.mail_default_sender is not None:
            return self.mail_default_sender
        host = self.public_host if self.public_address is not None else "localhost"
        return usual_sender(self.app_name, host)

    @property
    def mail(self) -> MailServer | None:
        """The SMTP server to send by; None when mail goes to files."""
        if self.mail_server is None and self.sendgrid_api_key is None:
            return None
        by_sendgrid = self.mail_server is None
        starttls = not self.mail_use_ssl if by_sendgrid else self.mail_use_tls
        usual_port = 465 if self.mail_use_ssl else 587 if starttls else 25
        username = SENDGRID_USERNAME if by_sendgrid else self.mail_username
        password = self.sendgrid_api_key if by_sendgrid else self.mail_password or self.sendgrid_api_key
        signs_in = username is not None and password is not None
        return MailServer(
            host=self.mail_server or SENDGRID_HOST,
            port=self.mail_port or usual_port,
            starttls=starttls,
            ssl=self.mail_use_ssl,
            username=username if signs_in else None,
            password=password.get_secret_value() if signs_in and password else None,
            sender=self.sender,
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read, with the default in place of each wrong value."""

    settings: Settings
    problems: list[str]
    """A sentence for each thing that is wrong, without secrets."""
    warnings: list[str]
    wrong: frozenset[str]
    """The names of the settings that have wrong values."""
    env_file: Path | None
    in_file: frozenset[str]
    """The names that have values in the .env file."""


def load_settings(env_file: Path | None = None) -> tuple[Settings, list[str]]:
    """Read the environment and a .env file, and give the settings with warnings for the operator.

    The environment wins over the file, unless it is blank. Without a file named, `.env` of the working
    directory is read where there is one.

    Raises:
        ConfigError: a value is wrong, or the file has lines that are not NAME=value, or cannot be read.
    """
    reading = read_settings(env_file)
    if reading.problems:
        raise ConfigError(reading.problems)
    return reading.settings, reading.warnings


def read_settings(env_file: Path | None = None) -> Reading:
    """Read as `load_settings` does, and whatever is wrong go on with the rest."""
    path = env_file or _own_env_file()
    values, problems = read_env_file(path) if path else ({}, [])
    environment = {name.lower() for name, value in os.environ.items() if value.strip()}
    usable = Settings.model_fields.keys() - environment
    from_file: dict[str, Any] = {name: value for name, value in values.items() if name in usable}
    wrong: frozenset[str] = frozenset()
    try:
        settings = Settings(**from_file)
    except ValidationError as error:
        problems += _in_words(error)
        wrong = frozenset(str(each["loc"][0]) for each in error.errors())
        # What is given here wins over the environment, and blank means unset.
        settings = Settings(**{**from_file, **dict.fromkeys(wrong, "")})
    warnings = _unknown_names(values) + _idle_mail_settings(settings) + _idle_tunnel_settings(settings)
    in_file = frozenset(name for name, value in values.items() if value.strip())
    return Reading(settings, problems, warnings, wrong, path, in_file)


def command_to(host: str, port: int) -> str:
    """Give the command that people type to connect to a host."""
    return f"ssh {host}" if port == SSH_PORT else f"ssh -p {port} {host}"


def _own_env_file() -> Path | None:
    # Some keep a virtual environment in a directory of this name.
    path = Path(".env")
    return path if path.exists() and not path.is_dir() else None


def _in_words(error: ValidationError) -> list[str]:
    return [_problem(str(wrong["loc"][0]), wrong["input"], wrong["ctx"]["error"]) for wrong in error.errors()]


def _problem(name: str, value: object, must_be: Exception) -> str:
    said = "" if name in SECRETS else f", not {json.dumps(str(value)[:60])}"
    return f"{name.upper()} must be {must_be}{said}"


def _unknown_names(values: dict[str, str]) -> list[str]:
    known = [name.upper() for name in Settings.model_fields]
    unknown = [name.upper() for name in values if name not in Settings.model_fields.keys() | FORMER]
    warnings = [f"{name} in the .env file is not known{_suggestion(name, known)}" for name in unknown]
    return [words for name, words in FORMER.items() if name in values] + warnings


def _suggestion(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _idle_mail_settings(settings: Settings) -> list[str]:
    if settings.mail_server is None:
        idle = ["mail_username", "mail_password"]
        if settings.sendgrid_api_key is None:
            idle += ["mail_port", "mail_use_tls", "mail_use_ssl"]
        return [
            f"{name.upper()} has no effect without MAIL_SERVER" for name in idle if getattr(settings, name)
        ]
    mail = settings.mail
    given = settings.mail_username or settings.mail_password or settings.sendgrid_api_key
    if given and mail is not None and mail.username is None:
        return ["mail is sent without signing in, because that takes both MAIL_USERNAME and MAIL_PASSWORD"]
    return []


def _idle_tunnel_settings(settings: Settings) -> list[str]:
    if settings.tunnel is not None:
        return []
    names = [name for name in Settings.model_fields if name.startswith("tunnel_")]
    return [f"{name.upper()} has no effect without TUNNEL" for name in names if getattr(settings, name)]


def _name_to_reach(host: str) -> str:
    if host in {"127.0.0.1", "::1"}:
        return "localhost"
    try:
        return socket.gethostname() if ip_address(host).is_unspecified else host
    except ValueError:
        return host
