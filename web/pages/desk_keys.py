"""The keys of the list, as its sheet shows them; what they do is in ``static/js/desk.js``."""

from models.views import View

# What it does (``keys.<name>`` of the texts), and its keys.
SHEET = (
    ("move", ("j", "k")),
    ("show", ("Enter",)),
    ("leave", ("Esc",)),
    ("select", ("x",)),
    ("extend", ("Shift j", "Shift k")),
    ("assign", ("a",)),
    ("take", ("m",)),
    ("status", ("s",)),
    ("category", ("c",)),
    ("priority", ("p",)),
    ("note", ("n",)),
    ("reply", ("r",)),
    ("complete", ("e",)),
    ("undo", ("u",)),
    ("arrived", (".",)),
    ("search", ("/",)),
    ("sheet", ("?",)),
)
# After g.
VIEW_KEYS = {
    View.NEEDS_PERSON: "n",
    View.MINE: "m",
    View.UNASSIGNED: "u",
    View.WAITING: "w",
    View.OVERDUE: "o",
    View.OPEN: "p",
    View.ALL: "a",
}
