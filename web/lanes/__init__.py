"""Short ways before Flask for the two calls that the front desk answers all day: a plain
submission, and a page of the list.

They know success only. Whatever is unusual about a call goes on to Flask as it came, which has an
answer to everything: what a caller sees does not depend on the road, and tests hold the roads
together. ``config.front_door`` brings the calls that wait together in groups.
"""
