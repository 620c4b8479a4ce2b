"""Danger in what people write: found by rules, answered with advice."""
