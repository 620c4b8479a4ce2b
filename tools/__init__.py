"""Programs for the bare system Python, which has nothing but the standard library."""
