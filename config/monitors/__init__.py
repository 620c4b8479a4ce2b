"""One file for each service outside that watches over Haja; see ``config/monitoring.py``."""
