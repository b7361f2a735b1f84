"""Serving over SSH as a service: by one process or many, told by signals, watched by a service manager."""
