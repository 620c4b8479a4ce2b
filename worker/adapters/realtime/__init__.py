"""Realtime: telling the web processes that something changed."""
