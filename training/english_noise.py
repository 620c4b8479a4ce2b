"""Noise for English training text: what requesters write around a fault, and typing errors."""

from random import Random

# Sentences of long complaints that do not describe the fault.
STORIES = (
    ". I have lived here for two years and never had a problem before.",
    ". My husband tried to fix it himself but it did not help.",
    ". I talked with the super twice and he said he would come back with a part.",
    ". Nobody fixed it when they worked in the apartment last year.",
    ". The neighbours have the same problem.",
    ". It is worse in the evening when I come home from work.",
    ". I bought something from the store but it made no difference.",
    ". We have a client meeting tomorrow, so today would be best.",
    ". Residents have to walk around to the other side of the building.",
    ". It was reported online and by phone and the ticket was closed without a visit.",
    ". I am a senior and it is hard for me to manage.",
    ". The last person who came only took pictures and left.",
    ". Kids play there every day.",
    ". I noticed it when I came back from vacation.",
    ". It was fine until the storm.",
    ". Please see the photos I attached.",
)
BEFORE = [
    "Hi, ",
    "Hello, ",
    "Hello maintenance, ",
    "Good morning. ",
    "Please help. ",
    "Room 214: ",
    "Unit 5B - ",
    "Apt 12 ",
    "WO: ",
    "Tenant states ",
    "Tenant reports ",
    "Caller reports ",
    "Resident says ",
    "Inspector observed ",
    "There is an issue with this: ",
    "Building 7 - ",
    "Rm 1102 ",
    "2nd floor, ",
    "Work needed: ",
    "FYI ",
    "Complaint: ",
    "Observed: ",
    "Student reported that ",
    "I would like to report ",
    "We have a problem: ",
    "Location: 3rd floor. ",
    "Second request: ",
    "Still waiting. ",
    "At our address ",
    "In my apartment ",
    "In the basement ",
    "Throughout the building ",
    "Hey there! ",
    "To whom it may concern: ",
    "Violation: ",
    "Dear landlord, ",
    "Just noticed ",
    "I am writing because ",
    "Since we moved in, ",
    "My ",
    "The ",
    "Our ",
]
AFTER = [
    ". Please send someone.",
    " Thanks!",
    " since Monday",
    " for two weeks now",
    ". This is my second request.",
    " asap",
    "!!!",
    ". When can it be fixed?",
    " please fix",
    ". I am home after 5pm.",
    ". Please knock first, I have a cat.",
    ". My roommate can let you in.",
    ". Call me before coming.",
    ". I already emailed the office twice and nobody came.",
    ". Thank you so much",
    " again",
    "?",
    " pls",
    " - need repair",
    ". Permission to enter granted.",
    ". Ok to enter.",
    " in room 312",
    " at 45 Oak Street",
    " in unit 3A",
    " on the 2nd floor",
    " in hall",
    " near the entrance",
    ". It has been like this since we moved in.",
    ". Very frustrating.",
    ". I pay rent on time and expect this to be handled.",
    ". It started this morning.",
    ". It happened before too.",
    ". Maintenance came last week but it is the same.",
    ". Can someone take a look? ",
    ". Tried everything.",
    ", same as last year",
    ". Please advise.",
    " (all day)",
    ". Need this done before the weekend.",
    " building A",
    ". Not sure who to ask.",
    ". We have small kids.",
    ". I work from home.",
]
# Places that contain words of another category: the place alone must not decide.
PLACES = [
    " near the window",
    " by the front door",
    " on the wall",
    " in the ceiling",
    " under the window",
    " by the elevator",
    " in the lobby",
    " on the floor",
    " next to the stove",
    " in the laundry room",
    " by the sink",
    " behind the toilet",
    " in the shower area",
    " in the closet",
    " near the stairs",
    " in the stairwell",
    " by the fridge",
    " in the parking lot",
    " next to the fire exit",
    " behind the dryer",
    " in the hallway",
    " at the main entrance",
    " by the bed",
    " under the desk",
    " near the roof hatch",
    " by the dumpster",
    " near the radiator",
    " over the bathtub",
    " by the mailboxes",
    " on the balcony",
    " behind the wall",
    " near the light switch",
    " in the boiler room",
    " in the trash room",
    " in the kitchen",
]
_NEIGHBOURS = {
    "a": "sq",
    "e": "wr",
    "i": "uo",
    "o": "ip",
    "t": "ry",
    "n": "bm",
    "r": "et",
    "s": "ad",
    "l": "k",
}


def framed(text: str, random: Random) -> str:
    if random.random() < 0.35:
        text = random.choice(BEFORE) + text
    if random.random() < 0.2:
        text += random.choice(PLACES)
    if random.random() < 0.4:
        text += random.choice(AFTER)
    if random.random() < 0.12:
        text += "".join(random.sample(STORIES, random.randint(1, 3)))
    return text


def noisy(text: str, random: Random) -> str:
    """``text`` with typing errors, other capitals and missing apostrophes."""
    if random.random() < 0.3:
        text = text.replace("'", "")
    if random.random() < 0.2:
        text = _with_typing_error(text, random)
    roll = random.random()
    if roll < 0.1:
        return text.upper()
    if roll < 0.4:
        return text[:1].upper() + text[1:]
    return text


def _with_typing_error(text: str, random: Random) -> str:
    if len(text) < 6:
        return text
    i = random.randrange(1, len(text) - 2)
    kind = random.randrange(4)
    if kind == 0:
        return text[:i] + text[i + 1 :]
    if kind == 1:
        return text[:i] + text[i + 1] + text[i] + text[i + 2 :]
    if kind == 2:
        return text[:i] + text[i] + text[i:]
    return text[:i] + random.choice(_NEIGHBOURS.get(text[i], text[i])) + text[i + 1 :]
