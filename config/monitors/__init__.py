"""One module per monitoring service; see ``config/monitoring.py``."""
