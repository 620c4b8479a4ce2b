"""Lists of requests: filters, pages, and the search in them."""
