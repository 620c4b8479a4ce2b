"""Storage: the photos' bytes, in a folder or in an S3 bucket."""
