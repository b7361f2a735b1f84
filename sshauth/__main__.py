"""``python -m sshauth``."""

from sshauth.cli import main

main()
