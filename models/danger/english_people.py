"""English wording of people in danger: attacked, hurt, frail, caught, or with no way out."""

import re

from models.danger.rule import Rule

PERSON = (
    r"(?:people|persons?|someone|somebody|some one|anyone|passengers?|child|children|kids?|bab(?:y|ies)|toddlers?"
    r"|infants?|newborn|wom[ae]n|m[ae]n|lad(?:y|ies)|residents?|tenants?|mother|father|mom|mum|dad"
    r"|parents?|grand\w+|gran(?:ny)?|students?|neighbou?rs?|guests?|wife|husband|sons?|daughters?"
    r"|brother|sister|aunt|uncle|roommates?|flatmates?|guys?|girls?|boys?|employees?|staff|visitors?"
    r"|workers?|janitor|cleaner|caretaker|technician|electrician|plumber|customers?|patients?"
    r"|patrons?|seniors?|elderly|pedestrians?|co ?workers?|colleagues?|teachers?|couple"
    r"|he|she|they|i|im|we|us|were|me)"
)
_ATTACKER = (
    r"(?:someone|somebody|some one|m[ae]n|guys?|dudes?|strangers?|intruders?|burglars?|robbers?|thie(?:f|ves)"
    r"|people|kids|teens?|teenagers|youths?|he|she|they|ex|boyfriend|girlfriend|husband|wife"
    r"|drunks?|persons?|individuals?|trespassers?|prowlers?|neighbou?r|gang|group|roommate|stalker"
    r"|male|female|suspect|attacker|homeless|squatters?|wom[ae]n|father|son|brother|tenant)"
)
# What has passed, is asked, is planned or is an exercise, is no danger now. Looked for in the
# sentence of the sign.
NOT_NOW = (
    r"(?<!since )\blast (?:week|month|year|spring|summer|fall|autumn|winter|time|monday|tuesday"
    r"|wednesday|thursday|friday|saturday|sunday)\b|\b(?:weeks?|months?|years?|days) ago\b"
    r"|\b(?:a|one|few|couple of|\d+|two|three|several) (?:days?|weeks?|months?|years?) ago\b"
    r"|\bdrills?\b|\bexercise\b|\btraining\b|\binspection\b|\bscheduled\b|\bwas (?:fixed|repaired)"
    r"|\bwhat (?:do|should|would|can|to do)\b|\bhow (?:do|should|would|can)\b|\bin case\b"
    r"|\bin the past\b|\bused to\b|\balready (?:fixed|repaired|resolved|gone|left)\b|\bno longer\b"
    r"|\bif (?:some|any|there|the|a|an|it|we|i|people|my)\b|\bwhat happens\b|\bpolic(?:y|ies)\b|\bwhen (?:will|can)\b"
    r"|\bprevent\w*|\bkind of\b.{0,20}\?|\bmovie\b|\bposter\b|\bnewsletter\b|\bclass(?:es)? on\b"
)
_FEARED = (
    r"\b(?:could|might|may|would|can|before|afraid|worried|risk of|so that|will) (?:\w+ ){0,4}"
)
_NIGHT = (
    r"|\b(?:last night|yesterday|overnight|this weekend|the other day|earlier today|again every)\b"
)


def _unless(*more: str) -> re.Pattern[str]:
    return re.compile("|".join((NOT_NOW, *more)))


_FORCING = re.compile(
    rf"\b{_ATTACKER}\b(?: \w+){{0,6}}? (?:breaking|kick(?:s|ing)|forc(?:es|ing)|pr(?:ies|ying)|smash(?:es|ing)"
    r"|climb(?:s|ed|ing)|bash(?:es|ing)|ramming|hammering on|break|kick|force|pry|smash|climb|jimmy(?:ing)?)"
    r"(?: \w+){0,4}? (?:in|into|inside|down|open|through|door|doors|window|windows|gate|lock|balcony)\b"
    rf"|\b{_ATTACKER}\b(?: \w+){{0,4}}? (?:trying|tries|attempting|wants) to (?:get|come) (?:in|into|inside|through)\b"
    r"|\b(?:break[- ]?ins?|burglary|robbery|home invasion|mugging) (?:\w+ )?(?:happening|in progress|now|underway|going on)"
    r"|\bactive (?:break ?in|burglary|robbery)\b|\b(?:being|getting) (?:robbed|burgled|burglarized|mugged|broken into)\b"
    r"|\b(?:intruders?|burglars?|robbers?|prowlers?)\b(?: \w+){0,4} (?:in|inside|on|upstairs|downstairs|at|outside|now)\b"
    r"|\b(?:strangers?|unknown (?:man|person|male|individual)|strange (?:man|guy|person)|someone|somebody|man|guy)\b"
    r"(?: \w+){0,3} (?:is |are )?(?:in|inside) (?:my|our|her) (?:apartment|unit|flat|house|home|room|bedroom|kitchen|living)"
    r"|\b(?:trying|tries|attempting|about) to (?:break|kick|force|smash|bash) (?:it|(?:the|my|our|her) (?:\w+ )?(?:door|gate|window)s?) (?:down|in|open)\b"
    r"|\b(?:let|broke|forced|pushed) (?:his|her|their|him|them)\w* (?:\w+ )?(?:in|into|inside|way in)\b"
)
_WEAPON = re.compile(
    r"\b(?:with|has|holding|waving|wielding|swinging|pulled|carrying|pointing|brandishing|drew|got) "
    r"(?:out )?(?:a|an|his|her|two)? ?(?:\w+ )?(?:gun|guns|knife|knives|machete|baseball bat|bat|axe|"
    r"shotgun|pistol|rifle|weapons?|firearm|sword|razor|iron bar|metal pipe)\b"
    r"|\barmed (?:man|men|person|robber\w*|with|intruder)|\bshots fired\b|\bgun ?shots?\b|\bactive shooter"
    r"|\bstabb(?:ing|ed)\b|\bshooting (?:at|people|someone|in)\b"
)
_THREAT = re.compile(
    rf"\b{_ATTACKER}\b(?: \w+){{0,4}}? (?:threat(?:en\w*|s)|attack(?:s|ed|ing)?|assault(?:s|ed|ing)?|hitting|beating|punch(?:ing|ed)"
    r"|strangl\w+|chok(?:ing|ed) (?:her|him|me|a|my|his)|grab(?:bing|bed)|slapp\w+|stalking|following|chasing|cornered|shoving|fighting)"
    r"(?: \w+){0,3}? (?:me|us|her|him|people|residents?|tenants?|staff|women|woman|girls?|kids|children|everyone|wife|"
    r"husband|neighbou?rs?|someone|passers|visitors?|students?|guests?|each other|workers?|super|guard|mother|son|daughter)\b"
    r"|\b(?:going to|gonna|will|wants to|threat\w+ to|says hell|said hell) (?:\w+ ){0,2}?(?:kill|stab|shoot|hurt|beat|burn) "
    r"(?:me|us|her|him|my|everyone|people|the|someone|himself|herself|themselves)\b"
    r"|\b(?:being|am|im|getting) (?:attacked|assaulted|chased|threatened|followed|beaten)\b"
    r"|\bscream\w* (?:for help|help)\b|\bhostage|\bdeath threats?|\bviolent (?:man|person|fight|guy|tenant|neighbou?r|intruder)"
)
_ONLY_WORDS = (
    r"\bevict\w*|\blandlords?\b|\blawsuit|\blawyer|\bsue\b|\bfines?\b|\btow\b|\bletters?\b|\bput us out\b|\brent\b"
    r"|\bbats?\b (?:in|flew|flying)|\battic\b.{0,120}\bbat\b|\bdisposal\b|\bconstruction\b|\bcontractors?\b"
    r"|\b(?:dog|dogs|cat|cats|raccoon|squirrel|rat|rats|mouse|mice|birds?|goose|geese)\b(?: \w+){0,3} (?:following|chasing|fighting)"
)

_HURT = re.compile(
    rf"\b{PERSON}\b(?: \w+){{0,7}}? (?:unconscious|unresponsive|passed out|faint(?:ed|ing|s)|collapsed|not (?:breathing|responding|moving|responsive|waking)"
    r"|isnt (?:breathing|responding|moving)|stopped breathing|cant (?:get up|breathe|move|stand)|cannot (?:get up|breathe|move|stand)"
    r"|having (?:a |an )?(?:seizure|heart attack|stroke|asthma attack|chest pain)|overdos\w+|convulsing|electrocuted"
    r"|bleeding|badly (?:hurt|injured|burned)|seriously (?:hurt|injured)|head injury|broke (?:his|her|my|their|a|an) (?:leg|arm|hip|wrist|ankle|neck|back|nose|collarbone)"
    r"|(?:hit|struck|crushed|pinned|injured|hurt|knocked down|knocked over|cut badly|buried) (?:by|under|from|on the head|in the head|when|and))\b"
    r"|\b(?:unconscious|unresponsive|bleeding|injured|wounded|collapsed|convulsing) (?:man|woman|person|child|lady|resident|tenant|guy|boy|girl|kid|neighbou?r|worker|senior)\b"
    rf"|\b{PERSON}\b(?: \w+){{0,5}}? (?:fell|fallen|slipped|tripped|tumbled)\b(?: \w+){{0,8}}? (?:hurt|injured|cant|cannot|bleeding|unconscious|in pain|head|ambulance|not moving|broken)\b"
    r"|\b(?:scald|burn)(?:ed|t|ing|s) (?:my|his|her|a|the|their) (?:hand|hands|arm|arms|child|son|daughter|baby|face|leg|legs|skin|toddler|kid|mother)\b"
    r"|\b(?:need|needs|call|calling|called|send) (?:an )?(?:ambulance|paramedics|medic)\b|\bmedical emergency\b|\bblood (?:everywhere|all over)\b(?!.{0,120}\bclean)"
    r"|\b(?:finger|fingers|hand|arm|foot|leg|head)s? (?:\w+ ){0,3}?(?:caught|stuck|trapped|crushed|pinned|severed|cut off)\b"
)
_AT_A_HEIGHT = re.compile(
    r"\b(?:child|kid|toddler|boy|girl|person|someone|somebody|man|woman|student|baby)\b(?: \w+){0,4}? (?:hanging|climbing|climbed|standing|leaning|dangling|threatening to jump|about to jump|going to jump)"
    r"(?: \w+){0,6}? (?:window|ledge|balcony|roof|railing|jump)\b|\b(?:going|about|wants|trying|threat\w+) to jump (?:off|from|out)\b|\bsuicid\w+"
)
_SWARM = re.compile(
    r"\b(?:wasps?|bees?|hornets?|yellow ?jackets?|dogs?|pit ?bull|snakes?|rats?|raccoon|swarm)\b(?: \w+){0,5}? "
    r"(?:attack\w*|sting(?:s|ing)?|stung|biting|bit|bites|mauled|mauling)(?: \w+){0,4}? (?:people|me|us|kids|children|residents?|someone|child|man|woman|visitors?|guests?|everyone|passers|anyone|him|her|my|a|the|one|multiple|several|two|three)\b"
)
_POISONED = re.compile(
    r"\b(?:chemicals?|bleach|ammonia|chlorine|fumes|toxic|pepper spray|tear gas|solvent|pesticide|insecticide|acid|vapou?rs?|refrigerant|carbon dioxide|co2|nitrogen|paint thinner|exhaust|paint smell|odou?r|smell)\b"
)
_SYMPTOMS = re.compile(
    r"\bcough(?:s|ing)?\b|\beyes? (?:\w+ )?(?:burn\w*|sting\w*|water\w*|itch\w*)|\bburn\w* (?:our|my|their|your|the) (?:eyes|throats?|nose|lungs)"
    r"|\b(?:cant|cannot|hard to|trouble|difficult\w*|struggling to|unable to) breath\w*|\bchok(?:ing|ed)\b|\bthrow(?:ing|s)? up\b|\bthrew up\b|\bvomit\w*|\bnause\w*|\bdizz\w*|\bfaint\w*|\blight ?headed|\bpassed out\b|\bpassing out\b"
    r"|\b(?:headaches?|getting sick|feel(?:s|ing)? sick|feeling ill|gets? sick|got sick|is sick|are sick)\b"
)
_BURNER = re.compile(
    r"\b(?:boiler|furnace|flue|chimney|generator|gas (?:stove|heater|fire|water heater)|gas heater|exhaust (?:pipe|flue)|kerosene|charcoal|space heater|water heater|exhaust fumes)\b"
)

_LIFT = re.compile(
    r"\b(?:elevators?|lifts?|elev|elevater|cab|car|escalators?|moving walk\w*|dumbwaiter|hoist)\b"
)
_LIFT_NAMED = re.compile(r"\b(?:elevators?|lifts?|elev|elevater|cab|hoist)\b")
_FELL = re.compile(
    r"\b(?:free ?f(?:all|alling|ell|alls)|free fall\w*|plung\w+|plummet\w*|nose ?dived?|fell|falls?|falling|drop(?:s|ped|ping)?|slid down|crash(?:ed|ing)?|slamm(?:ed|ing)|overshot|shot up|hit the (?:pit|bottom|buffer\w*))\b"
)
_FELL_FAR = re.compile(
    r"\b(?:free ?f(?:all|alling|ell|alls)|plung\w+|plummet\w*|slamm(?:ed|ing))\b"
    r"|\b(?:fell|fall(?:s|ing)?|drop(?:s|ped|ping)?|slid|went down|sank|jumped)\b(?: \w+){0,4}? (?:floors?|stor(?:y|ies|eys?)|feet|ft|foot|met(?:er|re)s?|levels?|hard|suddenly|fast|rapidly|like a (?:rock|stone)|quickly|inches)\b"
    r"|\b(?:suddenly|just|rapidly) (?:fell|dropped|plunged)\b"
)
_ABOARD = re.compile(
    r"\b(?:with|while|when|and)(?: \w+){0,3}? (?:people|passengers?|me|us|residents?|tenants?|kids|children|someone|somebody|riders?|riding|inside|in it|aboard|on board|guests?|students?|wife|mother|mom|dad|son|daughter)\b"
    r"|\b(?:inside|aboard|on board|occupied|riding|in it)\b|\b(?:we|i|im|us|my (?:kids?|wife|mother|mom|dad|son|daughter|husband))\b(?: \w+){0,4}? (?:in|inside|on|riding|ride|got|aboard)\b|\b(?:two|three|four|five|six|\d+) of us\b"
    r"|\bpeople (?:are |were )?(?:in|on|using|still|ride|riding|getting)\b|\bpassengers?\b"
)
_JERKS = re.compile(
    r"\b(?:jerk(?:s|ed|ing|y)?|jolt(?:s|ed|ing)?|lurch\w*|bounc\w+|shak(?:es|ing|en)|shook|swing\w*|drop(?:s|ped|ping)?|stops? hard|slam\w*|bang(?:s|ed|ing)?|wobbl\w+|vibrat\w+ violently|bucking)\b"
)
_MILDLY = r"\b(?:slight\w*|a bit|a little|little|minor|small|sometimes|occasional\w*|gentl[ey]|barely|hairline|cosmetic|tiny|faint|mild\w*|now and then|soft(?:ly)?)\b"
_SHAFT = re.compile(
    r"\bdoors?\b(?: \w+){0,6}? (?:open\w*)(?: \w+){0,8}? (?:shaft|void|no car|no cab|no lift|no elevator|nothing there|hole)\b|\bopen(?:s|ed|ing)?(?: \w+){0,4}? (?:empty |open |the |a )?(?:elevator |lift )?shaft\b|\b(?:open|exposed|unguarded) (?:elevator |lift )?shaft\b"
    r"|\bmov(?:es|ing|ed|e)(?: \w+){0,4}? (?:with|while|before)(?: \w+){0,3}? doors?(?: \w+){0,3}? (?:open|close|closed|shut)\b|\bdoors?(?: \w+){0,3}? (?:still )?open(?: \w+){0,3}? (?:mov\w+|going (?:up|down)|takes? off|starts? moving)\b"
    r"|\b(?:goes|going|went|moves|takes off|runs|travels?) (?:up |down )?(?:with|while) (?:the |its |both )?doors? (?:still |wide |are |is |are still )?open\b"
    r"|\b(?:empty|open) shaft\b|\bcables? (?:snapp\w*|broke\w*|fray\w*)\b|\bbrakes? (?:failed|fail|gone|not holding)\b"
)
_CAUGHT = re.compile(
    r"\b(?:caught|stuck|trapped|pinned|jammed|dragged|sucked|wedged|crushed)(?: \w+){0,3}? (?:in|by|between|into|under)(?: \w+){0,3}? (?:elevator|lift|escalator|doors?|gate|garage door|moving walkway)\b"
    r"|\b(?:elevator|lift|escalator|garage)\b(?: \w+){0,2} ?(?:doors?)?(?: \w+){0,2} (?:caught|trapped|pinned|crushed|closed on|dragged|grabbed)(?: \w+){0,3}\b"
)
_LIMB = re.compile(
    r"\b(?:coat|scarf|jacket|sleeve|dress|skirt|shoe|shoes|foot|feet|hand|hands|arm|arms|finger|fingers|leg|legs|hair|leash|dog|child|kid|toddler|person|man|woman|lady|someone|resident|stroller|boy|girl|me|him|her|clothes|clothing)\b"
)
_STUCK_IN = re.compile(
    r"\b(?:we|i|im|were|are|am|us|people|someone|passengers?|resident|tenant)\b(?: \w+){0,4}? (?:in|inside)(?: \w+){0,2}? (?:elevator|lift|elev|cab)\b"
    r"|\bstuck between (?:the )?(?:\w+ )?(?:floors?|levels?|stor(?:ies|eys)|\d+\w* and \d+\w*)\b|\b(?:stopped|stuck|halted|jammed) (?:half ?way )?between\b"
)
_NO_EXIT_OF_LIFT = re.compile(
    r"\b(?:wont|will not|doesnt|does not|cant|cannot|not|isnt|stopped|stuck|jammed) (?:\w+ ){0,2}?(?:open|opening|moving|move|get out|budge|working)\b|\b(?:it|doors?) (?:has |have )?(?:stopped|stuck|died|froze)\b"
    r"|\bno ?(?:one|body) (?:\w+ )?(?:answer\w*|respond\w*|come|came|picks)\b|\b(?:trapped|stuck)\b(?: \w+){0,4} (?:minutes?|mins|hours?|half)\b|\b(?:get|let|help) (?:me|us|them) (?:out)?\b|\b(?:trapped|stuck) (?:for|since)\b|\balarm (?:button|bell)\b"
)
_HALTED = re.compile(r"\b(?:stopped|stuck|halted|jammed|froze|not moving|wont move)\b")
_EMPTY = r"\bempty\b|\bno ?(?:one|body) (?:\w+ ){0,2}?(?:inside|in it|in there|trapped|was in|on it|stuck|aboard)|\bkeys?\b|\bcart\b|\bfurniture\b|\bsofa\b|\bcouch\b|\bphone line\b"

_WAY_OUT = re.compile(
    r"\b(?:(?:fire|emergency|back|rear|front|side|only|main|both|all)(?: \w+)? (?:exits?|egress|stairs?|stairwells?|staircases?)|exits?|exit doors?|fire doors?|fire escapes?|escape (?:routes?|stairs?|windows?|doors?)|stairwells?|stairways?|staircases?|egress|ways? out|evacuation (?:routes?|stairs?))\b"
)
_BLOCKED = re.compile(
    r"\b(?:block(?:s|ed|ing)?|chain(?:s|ed)?|pad ?lock(?:s|ed)?|locked|bolted|obstruct\w*|barricad\w*|jammed|nailed|welded|screwed|stuck|sealed|cut off|impassable|inaccessible)\b"
    r"|\b(?:wont|will not|doesnt|does not|cant|cannot|not|isnt) (?:\w+ ){0,2}?(?:open|opening|be opened|unlock|push)\b|\bfull of (?:boxes|junk|pallets|furniture|smoke)\b|\bcant (?:get|go) (?:out|through|down|past)\b"
)
_OCCUPIED = re.compile(
    r"\b(?:people|guests?|crowds?|customers?|students?|kids|children|patrons|residents|tenants|workers|staff|attendees|diners|audience|visitors|everyone|class|pupils|patients) (?:\w+ ){0,4}?(?:inside|in there|in the (?:building|hall|room|club|bar)|present|trapped|cant|cannot|unable|here|upstairs|still in)\b"
    r"|\b(?:full|packed|crowded|occupied|in session|in progress|open for business|at capacity|sold out)\b|\bduring (?:the |a |an |our )?(?:\w+ )?(?:concert|party|event|show|service|class|school|performance|game|match|wedding|shift|business hours|exam|film|screening|meeting|dinner|lunch)\b"
    r"|\b(?:concert|party|wedding|show|performance|class|event) (?:is |still )?(?:going on|on now|running|underway|under way)\b|\bwhile (?:\w+ ){0,3}?(?:open|in session|inside|working|full|running|occupied|are in)\b"
    r"|\b\d+ (?:people|guests?|kids|children|students?|residents|workers|customers|pupils)\b|\bcant (?:get|go) out\b|\bcannot (?:get|go) out\b|\bno (?:other )?way (?:out|to get out)\b|\btrapped\b|\bunable to (?:leave|exit|get out)\b"
)
_CHILD_ALONE = re.compile(
    r"\b(?:child|bab(?:y|ies)|toddlers?|kids?|infant|newborn|year old|yr old|month old|son|daughter|grandson|granddaughter|old|grandmother|grandma|mother|grandfather|dad|mom)\b"
    r"(?: \w+){0,6}? (?:alone|locked (?:him|her|them)sel(?:f|ves)|by (?:him|her|them)sel(?:f|ves)|inside|locked (?:in|inside))\b|\b(?:locked|shut|trapped|stuck) (?:\w+ ){0,3}?(?:in|inside)(?: \w+){0,3}? with (?:the |a )?(?:stove|oven|gas|baby)"
)
_LOCKED = re.compile(
    r"\b(?:locked|locks?|jammed|wont open|will not open|cant open|cant get (?:in|to|out|the door)|cannot (?:get|open)|door (?:is )?(?:stuck|shut|broken)|stuck|deadbolt|slammed shut)\b"
)
_INDOORS = r"\b(?:play|playing|stay|plays|cold inside|rain\w*)\b"

RULES = (
    Rule(
        "violence",
        (_FORCING,),
        _unless(
            _ONLY_WORDS,
            _NIGHT.lstrip("|"),
            r"\b(?:my|i|im|we) (?:\w+ ){0,3}?(?:key|locked out|lost)\b|\b(?:water|rain|cold|mice|mouse|rats?|ants|raccoon|squirrel|birds?|wind|smoke|air|draft|light)\b(?: \w+){0,3} (?:in|into|through)\b",
        ),
    ),
    Rule(
        "violence",
        (_WEAPON,),
        _unless(
            _ONLY_WORDS,
            r"\b(?:butter|putty|utility|kitchen|nerf|water|glue|staple|caulk|nail|heat|toy|painting|sign)\b",
        ),
    ),
    Rule("violence", (_THREAT,), _unless(_ONLY_WORDS, _NIGHT.lstrip("|"))),
    Rule(
        "injury",
        (_HURT,),
        _unless(
            _FEARED + r"(?:hurt|injured|faint|hit|crushed|bleed\w*)",
            r"\bradiators?\b(?: \w+){0,3} bleed\w*|\bbleed\w*(?: \w+){0,3} (?:radiators?|air|valve|through)\b|\bpaint\b|\bvandal\w*|\b(?:keys?|ring|toy|phone) (?:\w+ ){0,2}?(?:stuck|caught)|\bnot moving\b.{0,120}\b(?:elevator|lift|door|gate|escalator)\b",
        ),
    ),
    Rule(
        "injury",
        (_AT_A_HEIGHT,),
        _unless(
            r"\b(?:picture|curtains?|banner|flag|laundry|sign|lights?|decorations?|plants?|window cleaner|ladder|roofer|painter)\b"
        ),
    ),
    Rule("injury", (_SWARM,), _unless(_FEARED + r"(?:sting|stung|attack|bite|get)")),
    Rule(
        "fumes",
        (_POISONED, _SYMPTOMS),
        _unless(
            r"\b(?:cigar\w*|weed|marijuana|cooking|musty|mold|mildew|garbage|trash|sewer|sewage|drain|cat|dog|urine|perfume|smok(?:er|ers|ing)|vap(?:e|ing)|fish|dead|litter|dust\w*|curry|incense)\b"
        ),
    ),
    Rule(
        "carbon_monoxide",
        (_BURNER, _SYMPTOMS),
        _unless(r"\bnoise|\bnoisy|\bloud|\bbanging|\bcold\b|\bno heat"),
        anywhere=True,
    ),
    Rule(
        "lift",
        (_LIFT_NAMED, _FELL_FAR),
        _unless(
            _MILDLY,
            _EMPTY,
            r"\b(?:ceiling|panel|button|tile|bulb|cover|keys?|phone|coin|earring|ring) (?:\w+ ){0,3}?(?:fell|dropped|falling|fall|drop)|\b(?:dropped|drop) (?:my|a|an|the|his|her)\b|\bcar ?park\b|\bparked\b|\b(?:i|he|she|someone|resident|lady) (?:\w+ )?(?:fell|tripped)\b",
        ),
    ),
    Rule(
        "lift",
        (_LIFT_NAMED, _FELL, _ABOARD),
        _unless(
            _MILDLY,
            _EMPTY,
            r"\b(?:ceiling|panel|button|tile|bulb|cover|keys?|phone|coin|ring) (?:\w+ ){0,3}?(?:fell|dropped|falling|fall|drop)|\b(?:dropped|drop) (?:my|a|an|the|his|her)\b|\bparked\b",
        ),
    ),
    Rule(
        "lift",
        (_LIFT_NAMED, _JERKS, _ABOARD),
        _unless(_MILDLY, _EMPTY, r"\bkids (?:jump|bang|play)\w*|\bmusic\b"),
    ),
    Rule("lift", (_LIFT, _SHAFT), _unless(r"\bcar ?park\b")),
    Rule(
        "lift",
        (_CAUGHT, _LIMB),
        _unless(
            _FEARED + r"(?:caught|stuck|trapped|pinned|crushed)",
            r"\b(?:keys?|phone|coin|card) (?:\w+ ){0,3}?(?:caught|stuck|trapped|fell)\b|\bempty\b",
        ),
    ),
    Rule(
        "trapped",
        (_STUCK_IN, _NO_EXIT_OF_LIFT),
        _unless(
            _EMPTY, r"\bfreight only\b|\bwas (?:stuck|trapped) (?:\w+ ){0,6}?(?:yesterday|last)"
        ),
    ),
    Rule("trapped", (_LIFT_NAMED, _HALTED, _ABOARD), _unless(_EMPTY, r"\bnot moving people\b")),
    Rule(
        "blocked_exit",
        (_WAY_OUT, _BLOCKED, _OCCUPIED),
        _unless(r"\bfull (?:time|of dust)\b|\bkey\b.{0,120}\bexit survey"),
    ),
    Rule(
        "trapped",
        (_CHILD_ALONE, _LOCKED),
        _unless(
            _INDOORS,
            r"\bmail ?box|\bwindows? (?:is |wont )?(?:stuck|locked)|\bcabinet|\bdrawer|\bbike\b|\bcar ?seat\b|\bno (?:child|kids?) (?:inside|in)\b",
        ),
    ),
)
