"""Looks at the configuration."""

import os

from sshauth.config import SECRETS, Reading
from sshauth.operating.doctor.finding import Finding, Findings, hint, ok, wrong

CONFIGURATION, ADDRESS = "Configuration", "Address"
OTHERS = 0o007


async def configuration(reading: Reading) -> Findings:
    """Say every wrong value, and what has no effect."""
    where = f"{reading.env_file} and the environment" if reading.env_file else "the environment"
    problems = [wrong(CONFIGURATION, each, "Change it: the start is refused.") for each in reading.problems]
    hints = [hint(CONFIGURATION, each, "") for each in reading.warnings]
    return [*(problems or [ok(CONFIGURATION, f"read from {where}")]), *hints, *_address(reading)]


def _address(reading: Reading) -> list[Finding]:
    settings = reading.settings
    is_named = settings.public_address or settings.tunnel or "public_address" in reading.wrong
    if settings.mail is None or is_named:
        return []
    said = f"mails tell people to type `{settings.ssh_command}`"
    return [hint(ADDRESS, said, "Set PUBLIC_ADDRESS to the name that they know this server by.")]


async def env_file(reading: Reading) -> Findings:
    """See that secrets in the .env file are not for everybody."""
    path, look = reading.env_file, ".env file"
    if path is None or not os.access(path, os.R_OK):
        return []
    secrets = sorted(name.upper() for name in reading.in_file & SECRETS)
    if secrets and path.stat().st_mode & OTHERS:
        said = f"{path} can be read by everybody on this machine, and holds {', '.join(secrets)}"
        return [wrong(look, said, f"Type: chmod o= {path}")]
    return [ok(look, f"{path} {'is not for everybody' if secrets else 'holds no secrets'}")]
