"""What every call passes: login, limits, parsing, headers, answers."""
