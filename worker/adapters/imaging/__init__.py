"""Processing uploaded pictures, in a sandbox process that may crash."""
