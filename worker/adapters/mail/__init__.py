"""Sending mail: building messages, SMTP, and classifying its errors."""
