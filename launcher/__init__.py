"""One machine as a whole stack: services, processes, secrets, and the line that says "ready"."""
