"""Running claimed steps: the code that all tasks share."""
