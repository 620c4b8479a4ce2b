"""Requests as files for spreadsheets and other systems: read and written."""
