"""The database: the only package that knows engines, dialects and migrations."""
