"""The classes that engines choose from, in the order of the stored models' columns.

The order is part of the files' format, so it does not follow the lists of the domain.
"""

CATEGORIES = (
    "electrical",
    "plumbing",
    "hvac",
    "structural",
    "elevator",
    "security",
    "fire_safety",
    "appliance",
    "pest",
    "cleaning",
    "other",
)
PRIORITIES = ("low", "medium", "high", "urgent")
