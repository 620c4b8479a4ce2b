"""The outbox of runs and steps: the work that events cause, stored and claimed in PostgreSQL."""
