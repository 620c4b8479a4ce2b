"""Workarounds for faults of Celery 5.7 and kombu 5.7."""
