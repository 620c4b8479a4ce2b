"""The domain: tables, enumerations, services (which write) and queries (which only read)."""
