"""The texts of mails, in both languages, as plain text and HTML."""
