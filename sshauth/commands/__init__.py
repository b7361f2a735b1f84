"""Groups of commands: each parses its arguments, and what it does stands in operating or beneath."""
