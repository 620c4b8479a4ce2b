"""Messages to browsers: encrypting them, and giving them to push services."""
