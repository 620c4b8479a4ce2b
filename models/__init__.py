"""What Haja knows and decides: tables, words, services (verbs) and queries (reading only)."""
