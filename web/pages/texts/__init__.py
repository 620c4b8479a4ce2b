"""What the pages say, in both languages: one file per page."""
