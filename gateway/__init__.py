"""The gateway: Caddy, with what it has to know of the other processes."""
