"""How claimed steps are run: what every task shares."""
