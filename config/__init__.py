"""The configuration: settings, queues, schedule, logging, monitoring. Imports no other package of
Haja."""
