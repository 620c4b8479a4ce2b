"""English wording of danger: folded text, apostrophes removed before the rules look."""

import re

from models.danger.rule import Rule

_KINDS = (
    r"(?:smoke|fires?|flames?|gas(?: leaks?| smell| odou?r)?|floods?|flooding|sparks?|sparking"
    r"|burning(?: smell)?)"
)
_THINGS = (
    r"(?:outlets?|sockets?|plugs?|panel|breakers?|breaker box|fuse box|switch|wires?|wiring|oven"
    r"|stove|dryer|microwave|dishwasher|washer|washing machine|fridge|refrigerator|heater|furnace"
    r"|boiler|motor|fan|light|fixture|ac|ac unit|machine|charger|battery|toaster|transformer|vent"
    r"|compressor|trash can|dumpster|extension cord|power strip|elevator)"
)
_PEOPLE = (
    r"(?:people|person|someone|somebody|passengers?|child|children|kids?|baby|woman|man|residents?"
    r"|tenants?|mother|father|mom|dad|grandmother|grandma|students?|neighbou?r|lady|guest|i|im|we"
    r"|wife|husband|son|daughter|roommate|guy|employees?|staff|visitor)"
)

# Text without Latin letters is not looked at.
LETTERS = re.compile(r"[a-z]{2}")

# Taken out before the rules look, longest wording first.
HARMLESS = re.compile(
    "|".join(
        (
            # denied
            r"\b(?:no|not|isnt|wasnt|without|never|nor|dont (?:see|smell)|didnt (?:see|smell)|"
            r"cant (?:see|smell)|cannot (?:see|smell)|do not (?:see|smell)|did not (?:see|smell)|"
            r"havent (?:seen|smelled)|nothing is|is not|rule[ds]? out)\s+"
            r"(?:(?:a|an|any|the|actual|actually|real|active|visible|more|signs? of|evidence of|"
            r"smell of|odou?r of|on|longer|currently|it is|apparent|open) ){0,3}"
            + _KINDS
            + r"(?:(?: or| and|,) (?:any )?"
            + _KINDS
            + r")*\b",
            r"\b(?:no ?one|nobody|no people|no passengers|not anyone|without anyone)\b"
            r"(?: \w+){0,3}? (?:inside|in it|trapped|stuck|hurt)\b",
            # only feared or only in the past
            r"\b(?:could|might|may|would|risk of|chance of|danger of|in case of|prevent|potential|"
            r"potentially|possible future|afraid of|worried about|worried it will|afraid it will|"
            r"before (?:it|there|someone|somebody|we)|threat of|almost|nearly|so that)"
            r"(?! (?:see|smell|hear|be a gas))(?: (?!and\b)\w+){0,4}? (?:"
            + _KINDS
            + r"|shock(?:ed)?|electrocuted|trapped|stuck|collapse|burst)\b",
            r"\b(?:after|since|from|due to|because of|caused by|during) (?:the |a |an |our )?"
            r"(?:recent |previous |last (?:\w+ )?)?(?:fire|flood)\b",
            r"\b(?:fire|flood|flooded|flooding)(?: \w+){0,4}? (?:last|a few|\d+|two|three|years?) "
            r"(?:weeks?|months?|years?|summer|winter|spring|fall|ago)\b",
            # compounds
            r"\bsmoke[- ]?(?:free|and carbon monoxide|and co|detect\w*|dect\w*|alarms?|heads?|"
            r"sensors?|damage|stain\w*|stack|break\w*|signs?|shop|carbon)\b(?: detect\w*)?",
            r"\bfire[- ]?(?:extin\w+|doors?|exits?|escapes?|alarms?|drills?|detect\w*|panels?|"
            r"hydrants?|codes?|safety|inspect\w+|marshall?|lanes?|hoses?|sprinklers?|stairs?|rated|"
            r"rating|places?|proof\w*|wood|works?|stop\w*|dampers?|pumps?|bells?|pull|systems?|"
            r"department\w*|dept|stations?|trucks?|hazards?|risk|protection|watch|cabinets?|"
            r"blankets?|box|walls?|logs?|pits?|ants?|fl(?:y|ies)|suppression|insurance|resist\w+|"
            r"retard\w+|caulk|separation|zones?|partitions?|egress|equipment|report|violations?|"
            r"signs?|wardens?|plan|policy|damage\w*|hose|command|tower|guard|curtain|exting\w*|"
            r"life|prevention|test\w*|fighters?|men|chief|engine|up|retarding|stopping|passage)\b",
            r"\b(?:wont|doesnt|dont|didnt|not|fails? to|to|cease|open|camp|bon) ?fire\b",
            r"\b(?:cigarettes?|cigar|marijuana|weed|pot|tobacco|second ?hand|vape|bbq|barbecue|"
            r"grill|cooking|incense|fireplace|chimney|liquid) (?:smoke|smoking|fumes)\b",
            r"\b(?:non|no|anti)[- ]?smok\w+",
            r"\b(?:old|previous|past|earlier) (?:flood|fire|smoke|leak)\w*",
            r"\btrapped (?:\w+ )?(?:mice|mouse|rats?|insects?|bugs?|roaches|cats?|birds?|moisture|air|water)\b",
            r"\b(?:pilot|burner|low|weak|yellow|orange|blue|uneven|small) flames?\b",
            r"\b(?:sewer|tear|exhaust|freon|refrigerant|ac|cooking) gas(?:es)?\b(?: smell)?",
            r"\bgas stations?\b",
            r"\bgas leak (?:inspection|test\w*|check|detectors?(?! (?:is |are |keeps )?(?:going|sounding|ringing|blaring|went))|survey|repair\w*|fixed)",
            r"\belectric(?:al)? shock (?:\w+ ){0,2}?(?:signs?|posters?|labels?|stickers?)\b"
            r"|\bsmokey (?:the|bear|robinson)\b|\bsmoke (?:machines?|breaks?|tests?)\b|\bfire sales?\b",
            r"\b(?:flood ?lights?|flood ?lamps?|flood (?:zone|insurance|damage|vents?)|static shocks?"
            r"|shock absorbers?|spark plugs?|street flooding|flash flood (?:watch|warning|alert)s?)\b",
            r"\b(?:street|road|intersection|sidewalk|yard|lawn)s? (?:is |are )?(?:flood\w*)",
            r"\bflood\w* (?:street|road|intersection|sidewalk|yard)s?\b",
            r"\bwater ?bugs?\b|\bsewage (?:odou?r|smell|gas)",
            r"\bshocked (?:at|that|to|how|when i saw|by (?:the )?"
            r"(?:how|response|lack|state|condition|way|price|rent|bill|amount|service))\b",
        )
    )
)

# Of these, what leads out.
WAY_OUT = re.compile(r"fire[- ]?(?:doors?|exits?|escapes?|stairs?|egress)")

RULES = (
    Rule(
        "fire",
        (
            re.compile(
                r"\bfires?\b|\bin flames\b|\bablaze\b|\bflames (?:coming|shooting|from|in|out|visible)"
                r"|\b(?:see|saw|seeing|there are) flames|\bburst into flames|\bburning down\b"
                r"|\b(?:bins?|cans?|dumpster|trash|garbage|rubbish|couch|mattress|car|van|building|house|curtains?|roof|balcony|papers?|box(?:es)?|e ?bike|scooter|shed|tree|bush) (?:is |are |was )?(?:burning|smoldering)\b"
                r"|\bburning (?:bins?|dumpsters?|trash|garbage|rubbish|couch|sofa|mattress(?:es)?|cars?|vans?|building|house|curtains?|furniture|papers?|box(?:es)?|e ?bike|scooter|shed|clothes|cardboard|newspapers?)\b"
            ),
        ),
        re.compile(r"\b(?:fire ?arm|fired|hire|you should|ring of fire|amazon fire|stick)\b"),
    ),
    Rule(
        "gas",
        (
            re.compile(
                r"\b(?:smell\w*|odou?r|stink\w*|stench|scent|whiff|reek\w*|fumes)(?: \w+){0,3} gas\b"
                r"|\bgas (?:\w+ ){0,2}?(?:leak\w*|smells?|odou?rs?|fumes|escaping|hissing)\b"
                r"|\bleak\w* (?:natural |of )?gas\b|\bhissing gas\b"
                r"|\bgas (?:line|pipe|main|meter|valve)s? (?:\w+ ){0,3}?(?:leak\w*|broke\w*|cut|hit|hiss"
                r"\w*|burst|ruptur\w*)|\bpropane (?:leak|smell|odou?r)"
                r"|\bgas explosion\b"
            ),
        ),
        re.compile(r"\bgas (?:bill|company said no)|\bsewer\b"),
    ),
    Rule(
        "gas",
        (
            re.compile(r"\bgas (?:leak )?(?:alarms?|detectors?|sensors?)\b"),
            re.compile(r"\b(?:going off|went off|sounding|ringing|blaring|triggered|wont stop)\b"),
        ),
        re.compile(
            r"\bchirp|\bbatter|\btest|\binstall|\breplac|\bfalse alarm|\blast (?:week|month|year)"
        ),
    ),
    # A drain smells of rotten eggs too.
    Rule(
        "gas",
        (re.compile(r"\brotten eggs?\b"),),
        re.compile(r"\b(?:water|drain|sink|sewer|tap|fridge|shower|toilet|gas bill)\b"),
    ),
    Rule(
        "carbon_monoxide",
        (
            re.compile(r"\b(?:carbon monoxide|co|monoxide)\b"),
            re.compile(
                r"\b(?:going off|went off|sounding|alarming|alarm is on|ringing|trigger\w*|activated"
                r"|reads?|reading|ppm|headaches?|dizzy|sick|leak\w*|poison\w*|nausea\w*|full blast"
                r"|scream\w*|blaring|wont stop|shrieking|beeping (?:constantly|continuously|loudly|non ?stop))\b"
            ),
        ),
        re.compile(
            r"\bchirp|\bbeeps? (?:every|once)|\bbatter|\bend of life|\bexpire|\bmissing|\binstall"
            r"|\breplac|\bevery (?:\d+|few|minute)"
        ),
    ),
    Rule(
        "smoke",
        (re.compile(rf"\b{_THINGS}\b(?: \w+){{0,2}}? (?:smoking|smokes)\b|\bsmoking {_THINGS}\b"),),
        re.compile(
            r"\b(?:people|guys?|kids|tenants?|who|someone|man|smokers?|cigar\w*|weed|by|near the)\b"
        ),
    ),
    Rule(
        "smoke",
        (
            re.compile(
                r"\bsmoke\b|\bsmok(?:e)?y\b|\bsmoldering\b|\b(?:full of|thick) haze\b|\bhazy\b"
                r"|\b(?:burning|burnt|burned|burn) (?:\w+ ){0,2}?(?:smell|odou?r|plastic|rubber|wires?"
                r"|wiring)\b|\b(?:smell\w*|odou?r)(?: \w+){0,4} (?:burning|burnt|burned)\b"
                r"|\b(?:something|wire|wires|outlet|cord|motor|insulation) (?:is |was )?burning\b"
            ),
        ),
        re.compile(
            r"\b(?:cigar\w*|weed|marijuana|tobacco|vap(?:e|ing)|pot|joint|smokers?|incense|candles?"
            r"|food|popcorn|toast|cooking|cooked|grease|steamy|dust|dusty|bbq|grill\w*|hookah|leaves"
            r"|designated)\b|\b(?:people|they|tenants?|neighbou?rs?|students?|guests?|residents?|he"
            r"|she|who|roommates?|guys|kids|staff|always|constantly|to|employees?) "
            r"(?:\w+ )?(?:smoke|smoking)\b"
            r"|\bsmoking (?:in|on|near|outside|by|inside|area|section|policy|complaint)\b"
            r"|\b(?:sun|rain|finger|freezer)burn"
        ),
    ),
    Rule(
        "trapped",
        (
            re.compile(
                r"\bentrapment\b"
                r"|\b(?:trapped|stuck|locked|caught)(?: \w+){0,2}? (?:in|inside|on|into)(?: \w+){0,4} "
                r"(?:elevator|lift|escalator|elev)s?\b"
                r"|\b(?:elevator|lift|elev)s?\b(?: \w+){0,12}? "
                + _PEOPLE
                + r"(?: \w+){0,5}? (?:inside|trapped|in it"
                r"|in there|cant get out)\b"
                r"|\b(?:elevator|lift)s? (?:with|has) (?:\w+ ){0,2}" + _PEOPLE + r"\b"
                r"|\b" + _PEOPLE + r"\b(?: \w+){0,5}? trapped\b"
                r"|\b(?:child|baby|toddler|infant|kid|son|daughter|elderly \w+)(?: \w+){0,3} "
                r"(?:locked|stuck|trapped) (?:in|inside)\b"
            ),
        ),
        re.compile(
            r"\b(?:keys?|cart|phone|bag|box(?:es)?|furniture|couch|card|wallet|trolley|ring|paper)"
            r" (?:\w+ ){0,2}?(?:stuck|trapped|caught)\b|\b(?:mouse|mice|rats?|birds?|animal|squirrel"
            r"|raccoon|bat|cat|water|moisture|air|odou?r|bugs?) (?:\w+ ){0,2}?trapped\b"
            r"|\bempty\b|\btraps\b|\bwas (?:trapped|stuck)(?: \w+){0,6} (?:yesterday|last|ago)\b"
        ),
    ),
    Rule(
        "electric",
        (
            re.compile(
                r"\b(?:popp\w+|crackl\w+|sizzl\w+|flash\w*)(?: \w+){0,4}? (?:from|in|at|out of) (?:\w+ ){0,2}?"
                r"(?:outlets?|sockets?|switch|panel|breakers?|plug|fuse ?box|meter|receptacle)\b"
                r"|\bspark(?:s|ed|ing)?\b|\barcing\b|\belectric(?:al)? shock|\belectrocut\w+"
                r"|\b(?:got|been|get|gets|getting|gave me|gives me|felt|received|was|were|gives?|giving|"
                r"keeps) (?:\w+ ){0,3}?(?:shock(?:ed|s)?|zapped)\b|\bshock(?:s|ed)? (?:me|us|from|by|"
                r"when)\b|\bshocking (?:me|people)\b"
                r"|\b(?:live|hot|energi[sz]ed) (?:electrical |power )?(?:wir(?:es?|ing)|cables?)\b(?! (?:tv|show|channel|stream))|\bdowned (?:power |electrical? )?(?:line|wire)s?"
                r"|\b(?:power|electric) lines? (?:is |are |has )?(?:down|on the|fell|fallen|hanging)"
                r"|\bwires? (?:\w+ ){0,2}?(?:down|fell|fallen) (?:on|in|across|from pole)"
                r"|\b(?:got|gave me|felt|a) (?:\w+ )?jolt\b|\bblue flash|\btransformer (?:\w+ )?(?:explod\w*|blew|popp\w*)"
                r"|\b(?:water|leak\w*|dripping) (?:\w+ ){0,4}?(?:in|into|onto|on|from|through|out of|over)"
                r" (?:\w+ ){0,3}?(?:outlets?|electrical|electric|panel|breakers?|fuse box"
                r"|light ?fixtures?|light|lights|sockets?|wiring)\b"
            ),
        ),
        re.compile(
            r"\bignit\w+|\bburners?\b|\bpilot\b|\bmicrowave\b|\bstatic\b|\bcreative spark"
            r"|\bwater (?:light|lights)\b|\blight (?:leak|drip|brown)|\bpool light"
        ),
    ),
    Rule(
        "flooding",
        (
            re.compile(
                r"\bflood(?:ing|ed|s)?\b"
                r"|\b(?:major|massive|huge|enormous) (?:water )?leak(?:ing|s)?\b|\bwater (?:is )?(?:raining|coming) down\b"
                r"|\b(?:toilet water|waste|sludge|sewage|sewer water|feces|poop)(?: \w+){0,3}? (?:coming up|spilling|spreading|shooting|pouring)\b"
                r"|\bwater(?: \w+){0,4}? (?:pouring|gushing|rushing|shooting|streaming|cascading|"
                r"pours|everywhere|rising)\b"
                r"|\b(?:pouring|gushing|rushing|spewing) (?:\w+ ){0,2}?(?:water|in|down|out|through|from)\b"
                r"|\b(?:pipes?|main|hose|heater|line|tank|radiator)(?: \w+){0,3}? burst(?:ed|ing)?\b"
                r"|\bburst(?:ed|ing)? (?:\w+ )?(?:water )?(?:pipes?|main|hose)\b"
                r"|\b(?:water )?main (?:has )?(?:broke|broken|burst|ruptured)\b|\bwater main break\b|\binch(?:es)? of (?:standing )?water"
                r"|\b(?:ankle|knee) deep\b|\bup to (?:my|our) (?:ankles?|knees?)\b"
                r"|\b(?:sewage|feces)(?: \w+){0,4}? (?:backing|backed|coming|overflow\w*|everywhere|pouring"
                r"|all over|bubbling)\b|\bsewage backup\b|\bhuman waste (?:is )?(?:bubbling|coming|all over)"
                r"|\blike a waterfall\b"
            ),
        ),
        re.compile(
            r"\bcounter\b|\b(?:rain (?:gutter|barrel)|clogged gutter|shower (?:fills|up)|drain.{0,20}ankles?)\b"
            r"|\bfills? up to my ankles"
        ),
    ),
    Rule(
        "flooding",
        (
            re.compile(r"\boverflow\w*"),
            re.compile(r"\b(?:wont|cant|cannot) stop\b|\beverywhere\b|\binto the hall\w*"),
        ),
        re.compile(r"\b(?:trash|garbage|bins?|dumpsters?|recycling)\b"),
    ),
    Rule(
        "collapse",
        (
            re.compile(
                r"\b(?:ceiling|roof|wall|balcony|floor|building|stairs|staircase|porch|deck|facade"
                r"|scaffold\w*)\b(?: \w+){0,4}? (?:collaps(?:ed|ing)|caved in|caving in|crashed|"
                r"crashing down|fell in|came (?:crashing )?down)\b|\bpartial collapse\b"
                r"|\b(?:bricks?|concrete|debris|facade|masonry|glass)(?: \w+){0,2}? falling(?: \w+){0,4} "
                r"(?:onto|on|to|in)(?: \w+){0,2} (?:sidewalk|street|people|pedestrians|ground)\b"
            ),
        ),
        re.compile(r"\b(?:shelf|closet rod|bed|blinds?|umbrella|shower rod|tile)\b"),
    ),
)

FROST = re.compile(
    r"\bbelow (?:zero|freezing|0)|\bsub ?zero|\bfreezing\b|\bblizzard|\bsnow ?storm|\bsee (?:my|our) breath"
    r"|\bhypothermia|\bpipes?(?: \w+){0,2} (?:froze\w*|freez\w+)|\bfrozen pipes?|\bsingle digits?"
    r"|\bin the teens|\bdeep freeze\b|\bpolar vortex\b|\bsnowing\b"
)
