"""Caches: what may be forgotten at any time."""
