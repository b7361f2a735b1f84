"""Telling programs how the service is: numbers for Prometheus, and whether it lives and is ready."""
