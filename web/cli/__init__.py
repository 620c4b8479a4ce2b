"""Commands of ``flask``."""
