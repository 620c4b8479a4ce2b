"""The live process: tells open pages what changed, over WebSockets on one event loop.

Redis carries names and ids only. What a listener is told is loaded here and now, as the API would
show it to the same caller, so nobody gets a name or an address that they could not have read there.
"""
