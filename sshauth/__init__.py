"""Accounts with mandatory two-factor login in front of a terminal app, over plain SSH."""

__version__ = "0.1.0"
