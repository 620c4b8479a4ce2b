"""Programs for the system's Python, which use only the standard library."""
