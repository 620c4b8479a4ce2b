"""What both designs that call the AI inside the request say to it and store of its answer."""

MODEL = "slow"
PROMPT = (
    "You sort maintenance requests. Answer a JSON object with category, priority and confidence."
)
TABLE = """CREATE TABLE IF NOT EXISTS inline_requests (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    description text NOT NULL, location text NOT NULL, contact_info text NOT NULL,
    category text NOT NULL, priority text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now())"""
TIMEOUT = 20.0  # seconds
