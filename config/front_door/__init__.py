"""Between the socket and the application: gunicorn's worker, and the calls it hands to a lane.

The master reads this before it forks, so nothing here imports the application. A new version of it
wants a new master.
"""
