"""What a deployment decides: settings, queues, schedule, logging, wiring. Imports nothing of Haja."""
