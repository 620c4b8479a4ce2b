"""Moving requests in and out as files: columns, cells, reading and writing."""
