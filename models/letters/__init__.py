"""What Haja writes to people, in Korean and English. Each letter is a function to a ``Letter``."""
