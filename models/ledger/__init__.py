"""The outbox of runs and steps: the work that events cause, claimed, fenced and finished in PostgreSQL."""
