"""What mails say, in both languages, as text and HTML."""
