"""English wording of a building in danger: parts that fall, structure that moves, vessels about to
fail, water on its way to electricity, and rooms too cold or too hot for people."""

import re

from models.danger.english_people import NOT_NOW
from models.danger.rule import Rule


def _unless(*more: str) -> re.Pattern[str]:
    return re.compile("|".join((NOT_NOW, *more)))


MILD = (
    r"\b(?:slight\w*|a bit|a little|little|minor|small|sometimes|occasional\w*|hairline|cosmetic|tiny|faint|mild\w*"
    r"|for years|years old|ages|no rush|not urgent|dry now|settled|old crack|superficial|shallow)\b"
)
_SOON = (
    r"\b(?:about|ready|going|gonna|threatening|looks like its going|starting|begun|began|set) to (?:\w+ )?(?:fall|collapse|come|cave|give|break|snap|drop|go|burst|explode|blow|rupture|crash|topple|tip|crumble|land|rip)\b"
    r"|\b(?:any|at any) (?:second|minute|moment|time)\b|\b(?:will|gonna|its going to) (?:\w+ )?(?:fall|collapse|come down|cave|burst|explode|blow|go) (?:\w+ )?(?:soon|any|now|tonight|down|in|off)\b|\bon the verge\b|\bimminent\w*|\bmoments? (?:away )?from\b|\bcould (?:\w+ )?(?:fall|collapse|come down|cave in|go|give way) (?:any|at any)\b|\bbarely (?:holding|hanging|attached)\b|\bwont hold\b|\bgiving way\b"
)
_ABOUT_TO = re.compile(_SOON)
_HEAVY = re.compile(
    r"\b(?:bricks?|brickwork|concrete|cement|facade|fa.ade|stucco|masonry|stones?|slabs?|roof tiles?|tiles|windows?|window ?panes?|panes?|glass|glazing|signs?|signboard|billboard|gutters?|cornices?|ledges?|lintel|coping|roof sheet\w*|sheet metal|metal sheet\w*|roofing|shingles|slates?|cladding|panels?|awnings?|canop(?:y|ies)|balcony|balconies|chimneys?|scaffold\w*|parapets?|antenna|satellite dish|light poles?|poles?|lamp ?posts?|railings?|ac units?|air conditioners?|window units?|drain ?pipes?|downspouts?|render|plaster|debris|chunks?|icicles?|ice|snow|fire escape|water tank|flower ?pots?|planters?|shutters?|crane|beams?|walls?|fences?|gates?)\b"
)
_COMING_DOWN = re.compile(
    _SOON
    + r"|\b(?:com(?:ing|e)|came|work(?:ing|ed)) (?:loose|away|off|apart|down)\b|\b(?:hang(?:s|ing)|dangl(?:es|ing))\b(?: \w+){0,2}? (?:by|off|loose|down|from|over|above|on|right|precariously|out)\b|\b(?:dangling|hanging)\b"
    r"|\b(?:falling|raining|dropping|crumbling|tumbling|flying|sliding|breaking|snapping|peeling|detaching) ?(?:off|down|onto|on|into|from|over|away|apart)?\b|\b(?:dropped|detached|unstable|precarious\w*|teetering|flapping|leaning|cracking|loose|tilting|toppling|ripped|tearing)\b"
    r"|\b(?:just|already|have|has|had|two|three|several|pieces?|chunks?|one|some|bits?) (?:\w+ )?(?:fell|fallen|falls)\b|\bfell (?:onto|on|to|from|off|into|down|right)\b"
)
_ONTO_PEOPLE = re.compile(
    r"\b(?:people|pedestrians?|passers?(?: ?by)?|passersby|kids|children|someone|somebody|anyone|residents?|tenants?|customers?|students?|public|foot traffic|crowds?|walkers?|us|me|my head|heads?)\b(?! (?:complain|ask|say|are asking))"
    r"|\b(?:over|above|onto|on|into|to|toward|towards|along|at|near|next to|beside|across) (?:\w+ ){0,3}?(?:side ?walks?|pavement|footpath|foot ?way|streets?|road|walk ?ways?|path|entrances?|entry|entryway|doorway|front door|doors?|playground|school ?yard|court ?yard|bus stop|crosswalk|driveway|parking|parked cars|cars|patio|stairs|steps|alley|yard|plaza|lobby|crib|bed|desks?|ground)\b|\bfalling (?:debris|bricks|glass|concrete|masonry|ice)\b"
)
_FALL_HARMLESS = (
    r"\bceiling tiles?\b|\bpaint\b|\bblinds?\b|\bcurtains?\b|\bwall ?paper\b|\bshel(?:f|ves)\b|\btowel|\bcabinet|\bhanging (?:sign|plant|basket|pot|light|lamp|picture|file)s? (?:needs?|is dirty|request)|\bleaves\b|\bacorns?\b|\bpollen\b|\bsap\b|\bno ?(?:one|body) (?:\w+ ){0,2}?(?:under|there|near|around)|\bonto (?:the )?(?:floor|counter)\b|\bpicture\b|\bpower lines?\b(?=\bnever)|\bice (?:machine|maker|cream|on the|dispenser)\b|\bfloor tiles?\b|\bshower\b|\bbathroom tiles?\b|\bkitchen tiles?\b|\bfallen (?:tree|branch|limb)"
    r"|\bclean\w*|\bsw(?:eep|ept)\b|\bshovel\w*|\bsnow removal\b|\bsign (?:up|posted|for|says)\b|\bparking sign\b|\btrip\w*\b|\bankles?\b"
)

_BEARING = re.compile(
    r"\b(?:load[- ]?bearing(?: \w+)?|columns?|pillars?|beams?|joists?|girders?|trusses|truss|rafters?|foundations?|footings?|support (?:post|beam|column|wall)s?|structural|retaining walls?|lintels?|balcon(?:y|ies)|buildings?|basement walls?|foundation walls?|cellar walls?|party wall|gable|slabs?|garage (?:roof|ceiling|deck)|decks?|porch(?:es)?|underpinning)\b"
)
_YIELDS = re.compile(
    r"\b(?:buckl(?:e|es|ed|ing)|bow(?:s|ed|ing)|sink(?:s|ing)|sunk(?:en)?|sank|sagg(?:s|ed|ing)|sags|shift(?:s|ed|ing)|tilt(?:s|ed|ing)|lean(?:s|ed|ing)|split(?:s|ting)?|snapp(?:ed|ing)|fractur\w+|shear\w*|separat\w+|detach\w*|pull(?:s|ed|ing) away|giv(?:ing|es) way|gave way|gave out|mov(?:es|ing|ed)|sway(?:s|ing)?|bulg(?:es|ed|ing)|crumbl\w+|slid(?:ing)?|slides?|dropp(?:ed|ing)|droop\w*|crack(?:s|ed|ing)? (?:wide|open|noises?|sounds?|loudly|through|all|is|are|and|right)|opening up|widen\w*|collaps\w+|exposed (?:rebar|steel|reinforc\w+)|rebar|rotted through|subsid\w+|settling)\b|\b(?:building|house) (?:is |keeps |started )?(?:shaking|swaying)\b"
    r"|\bcracks?\b(?: \w+){0,6}? (?:grow\w*|widen\w*|bigger|wider|spreading|getting|hand|fist|fingers?|inch\w*|cm|opening)\b"
)
_WEAK_PART = re.compile(
    r"\b(?:walls?|floors?|stairs?|staircases?|stairway|steps|landing|ceilings?|roofs?|house|ground|pavement|bridge|mezzanine)\b"
)
_YIELDS_HARD = re.compile(
    r"\b(?:sinking|separat(?:ing|ed)|pull(?:ed|ing) away|giv(?:ing|es) way|gave way|gave out|tearing (?:away|apart)|coming apart|com(?:ing|e) away|split(?:ting)? (?:open|apart)|caving|buckling|tilting|leaning|bowing|shifting|sliding)\b"
    r"|\bcracks?\b(?: \w+){0,6}? (?:grow\w*|widen\w*|bigger|wider|hand|fist|fingers?|inch\w*|opening|lengthen\w*)\b|\bmov(?:es?|ing) (?:when|as|under)\b"
)
_NOW_OR_MUCH = re.compile(
    r"\b(?:growing|grows|widen\w*|wider|bigger|worse|tonight|right now|now|today|this morning|suddenly|just|hourly|by the (?:hour|minute)|every hour|fast|quickly|noises?|loud|cracking|creaking|popping|groaning|hand|fist|fingers?|inch\w*|cm|pulled away|separat\w+|step(?:ped)? on|under (?:me|us|my)|unsafe|dangerous|evacuat\w*|after the (?:rain|storm|earthquake|quake|excavation|blast|explosion)|earthquake|next door digging|excavat\w+|people|kids|living)\b"
)
_CEILING = re.compile(
    r"\b(?:ceilings?|roofs?|plaster(?:board)?|drywall|sheet ?rock|soffit|loft floor|attic floor)\b"
)
_CEILING_COMES = re.compile(
    _SOON
    + r"|\b(?:sagg(?:s|ed|ing)|sags|bulg(?:es|ed|ing)|bow(?:s|ed|ing)|droop\w*|balloon\w*|swell\w*|swollen|buckl\w+|belly(?:ing)?|pregnant with|hanging down|hangs down|caving|cav(?:es|ed) in|collaps\w+)\b"
    r"|\bceilings? (?:\w+ ){0,3}?(?:is |are |has |have |keeps )?(?:falling|dropping|coming down|came down|fell|fallen|dropped|crashed|gave way|crumbling)\b|\b(?:part|parts|piece|pieces|half|section|chunks?|lumps?|slabs?|most|all) of (?:the |my |our )?(?:\w+ )?(?:ceiling|roof|plaster)(?: \w+){0,3} (?:fell|down|fallen|falling|came|coming|dropped|dropping|gone|collapsed|crashed)\b|\bdropping (?:pieces|chunks|bits|lumps)\b|\b(?:chunks|lumps|big pieces|large pieces) (?:\w+ ){0,4}?(?:falling|coming down|dropping|fell)\b"
)
_CEILING_HARMLESS = r"\bceiling (?:tiles?|fans?|lights?|lamps?|panels?|vents?|hooks?|hatch|speakers?)\b|\btiles?\b|\bpaint\b|\bwall ?paper\b|\bceiling (?:is )?(?:too )?low\b|\bno ?(?:one|body) (?:there|hurt)\b(?=.{0,120}\btile)|\bair conditioner\b|\bflakes?\b|\bblinds?\b|\bshel(?:f|ves)\b|\bcurtain"

_VESSEL = re.compile(
    r"\b(?:boilers?|water heaters?|hot water (?:tank|cylinder|heater)s?|heaters?|tanks?|cylinders?|vessels?|compressors?|expansion (?:tank|vessel)|steam (?:pipe|line|main|boiler)s?|relief valves?|safety valves?|prv|propane|gas bottles?|furnace|pressure (?:cooker|gauge|vessel|tank)|autoclave|radiators?|calorifier|geyser|immersion)\b"
)
_OVERPRESSURE = re.compile(
    r"\b(?:in|into|past|over|at|deep in) (?:the )?red\b|\bred (?:zone|line|area)\b|\bover[- ]?pressur\w*|\bpressure (?:\w+ ){0,4}?(?:climb\w*|ris(?:es|ing|en)|going up|goes up|shot up|building|builds|maxed|too high|off the scale|way up|way over|critical|spik\w+|dangerous\w*|over (?:\d+|the)|(?:above|at|hit|past) (?:[3-9]|\d\d+)(?:\.\d)? ?bar)\b|\b(?:high|excess\w*|rising|climbing|dangerous) pressure\b"
    r"|\b(?:tank|boiler|heater|cylinder|vessel|body|side|sides|shell|it|is) (?:\w+ ){0,3}?(?:bulg\w+|swell\w*|swollen|ballooning|glowing|deform\w+)\b|\b(?:about|going|gonna|ready) to (?:blow|explode|burst|go|rupture)\b|\b(?:will|sounds like it will|might|could|like it will|it will) (?:blow|explode|burst|rupture)\b"
    r"|\b(?:exploded|exploding|blew up)\b|\bglow\w* (?:red|hot|orange)\b|\bsteam (?:\w+ )?(?:everywhere|pouring|blowing|shooting|screaming|jet\w*|blasting|filling|billowing)\b|\b(?:screaming|blasting|jetting|shooting|blowing|venting|spraying|roaring) (?:\w+ )?steam\b|\b(?:wont|will not|doesnt|cant|cannot) (?:shut (?:off|down)|turn off|stop (?:firing|heating))\b(?=.{0,120}\b(?:pressure|steam|boil\w*|hot|hiss\w*|shak\w*)\b)"
    r"|\b(?:relief|safety|pressure) valve (?:\w+ ){0,3}?(?:stuck|blowing|popping|screaming|failed|lifting|discharging hard)\b|\bboiling over\b|\bshaking violently\b|\bmelting\b"
)
_VESSEL_HARMLESS = r"\bwater pressure\b|\blow pressure\b|\bpressure (?:\w+ )?(?:low|drop\w*|los\w+|fine|normal|ok)\b|\btoilets?\b|\bcistern\b|\bred (?:light|led|lamp|tag|sticker)\b|\bis this normal\b|\bnormal\b|\bfish tank\b|\bfill valve\b|\bshower\b"

_WATER = re.compile(
    r"\b(?:water(?! (?:heater|softener|cooler|fountain|pressure|bill|meter|bottle|pump|dispenser|filter))|leak\w*|drip\w*|rain\w*|flood\w*|puddles?|pour\w*|spray\w*|seep\w*|wet|damp|soak\w*|overflow\w*|sewage|run(?:s|ning) down|trickl\w*|stream\w*|gush\w*|burst\w*)\b"
)
_ELECTRICS = r"(?:outlets?|sockets?|plugs?|receptacles?|breakers?(?: (?:box|panel))?|fuse ?(?:box|board)|fuses|consumer unit|distribution board|electric(?:al|s|ity|als)?(?: \w+)?|switch ?gear|switch ?board|light switch(?:es)?|switch(?:es)?|power (?:strips?|points?|boards?|outlets?)|extension (?:cords?|leads?)|light ?fittings?|light ?fixtures?|ceiling (?:lights?|lamps?)|lights?|lamps?|chandelier|downlights?|spotlights?|bulbs?|wires?|wiring|cables?|main panel|panels?|panel ?boards?|transformers?|generators?|server (?:room|rack)s?|meter (?:box|board|cupboard)|junction box(?:es)?|elevator (?:shaft|pit|motor|machine)\w*|lift (?:shaft|pit|motor))"
_INTO_ELECTRICS = re.compile(
    r"\b(?:in|into|inside|onto|on|over|toward|towards|to|through|out of|from|down|reach\w*|for|around|behind|above|touch\w*|hit\w*|soak\w*|under)"
    rf" (?:\w+ ){{0,3}}?{_ELECTRICS}\b|\b{_ELECTRICS} (?:\w+ ){{0,3}}?(?:is |are |got |getting |getting all )?(?:wet|soaked|dripping|full of water|under ?water|leaking(?= water)|drips|soaking|drenched|submerged|flooded)\b"
    r"|\bcrackl\w*|\bfizz\w*|\bsizzl\w*"
)
_ELECTRICS_NAMED = re.compile(rf"\b{_ELECTRICS}\b")
_DRY = r"\b(?:near|next to|beside|close to|by) (?:\w+ ){0,2}?(?:lights?|lamps?|outlets?|switch\w*|sockets?|bulbs?|fixtures?)\b|\bwater light\b|\b(?:indicator|warning|oven|fridge|pool|dash\w*) lights?\b|\b(?:ceiling|wall|access|roof|door|ceiling) panels?\b|\bradiator panels?\b|\bpanel radiators?\b|\bsolar panels?\b|\bwet (?:paint|room|bar)\b|\b(?:no|not any|without) (?:water|leak\w*)\b|\bswitch(?:ed)? (?:off|on|it|the)\b|\bswitch(?:ed)? to\b|\blight (?:rain|brown|leak|drip)|\b(?:turn|turned|turning) on (?:the )?lights?\b|\bmotion lights?\b|\bdrain plug|\b(?:sink|tub|bath|drain) plugs?\b|\bplug (?:for|in) the (?:sink|tub|bath)|\bdishwasher\b|\bwater stains?\b|\bstains?\b|\blight colou?red\b|\bcable (?:tv|box|guy|company)\b|\blights? (?:are|is|went) (?:out|off)\b|\belectric(?:al)? (?:bill|kettle|heater|shower|water|boiler|bike)\b|\bno lights?\b|\bstarted from\b|\bfridge light|\bdry(?: now)?\b"

_FAILS = r"(?:out|off|down|dead|broken|broke|stopped|failed|fails|not working|wont (?:work|start|turn|come|heat|stay|kick)|doesnt (?:work|heat|turn|start)|isnt working|died|quit|shut (?:off|down)|gone|not (?:heating|on|coming)|kaput|bust(?:ed)?|malfunction\w*|not functioning|cut off|no longer works?|inoperable|conked out|packed (?:up|in)|given up|gave (?:out|up))"
_NO_HEAT = re.compile(
    rf"\b(?:no|without|lack of|zero|lost|havent had|hasnt had|dont have|doesnt have|not had|have not had) (?:any )?(?:\w+ ){{0,3}}?(?:heat|heating|heater)\b|\b(?:heat|heating|heaters?|furnace|boilers?|radiators?|baseboards?|heat pump|central heating|hvac)\b(?: \w+){{0,4}}? {_FAILS}\b"
    r"|\b(?:radiators?|apartment|unit|flat|room|house|nursery|bedroom|ward|home)\b(?: \w+){0,3}? (?:ice cold|stone cold|like ice|cold|frigid)\b|\bshaking (?:with|from) (?:the )?cold\b|\bhypothermi\w*"
)
_NO_COOLING = re.compile(
    rf"\b(?:no|without|lost) (?:\w+ ){{0,2}}?(?:ac|a/c|aircon|air con\w*|cooling|cool air|air)\b|\b(?:ac|a/c|aircon|air con\w*|cooling|chillers?|hvac|air|unit|fans?)\b(?: \w+){{0,4}}? {_FAILS}\b|\bnot cooling\b|\b(?:heat ?wave|heat stroke|heatstroke|too hot|so hot|overheat\w*|sweltering|boiling hot|unbearabl\w+|suffocating|stifling)\b|\b(?:heating|heat|radiators?|boiler|furnace)\b(?: \w+){{0,3}}? (?:wont|will not|cant|stuck|doesnt) (?:\w+ )?(?:shut|turn|stop|off|on)\b"
)
_ROOM = re.compile(
    r"\b(?:apartment|apt|flat|house|home|rooms?|bedrooms?|nursery|inside|indoors?|in here|in there|ward|unit|classroom|living|office|wing|dorm|building|studio|basement)\b"
)
_NO_ROOM = re.compile(
    r"\b(?:fridges?|freezers?|refrigerators?|ovens?|cooler|hot water|water (?:temp\w*|is|at|heater|comes)|tap|shower|dishwasher|server|angle|turn(?:ed)? (?:it )?\d+ degrees|kettle|soup|wine|bath)\b"
)
FRAIL = re.compile(
    r"\b(?:new ?borns?|bab(?:y|ies)|infants?|preemie|elderly|seniors?|(?:[7-9]\d|1[01]\d)[- ]?(?:years?|yrs?|yr|y)?[- ]?(?:old|o)\b|grand(?:mother|father|ma|pa|parents?|mom|dad)|granny|bed ?ridden|disabled|disabilit\w+|handicapped|wheel ?chair|dialysis|oxygen|chemo\w*|cancer|heart (?:condition|patient|disease|failure)|pregnant|hospice|nursing home|care home|assisted living|sick (?:child|kid|mother|father|baby|husband|wife|son|daughter)|on a ventilator|asthma\w*|copd|premature|toddlers?|\d+[- ]?(?:month|week|day)s?[- ]?old|immuno\w*|paraly[sz]ed|very old|aged (?:mother|father|parents|8\d|9\d)|special needs|recovering from|diabetic|frail|(?:she|he|mother|father|dad|mom|mum|grandma|who) is (?:7[5-9]|8\d|9\d))\b"
)
_NO_WATER = re.compile(
    r"\b(?:no|without|havent had|dont have|lost|zero) (?:any )?(?:\w+ )?(?:running )?water\b(?! (?:pressure|damage|leak\w*|heater|stain\w*|on|under))(?! in\b(?! (?:the|my|our|her|his|this) (?:whole |entire )?(?:unit|apartment|apt|flat|house|home|building)\b))|\bwater (?:is |has been |was |supply (?:is )?)?(?:off|out|cut|shut off|not running|stopped)\b|\btaps? (?:are |is )?dry\b"
)
_NO_POWER = re.compile(
    r"\b(?:no|without|lost|lose) (?:\w+ )?(?:power|electric\w*)\b|\b(?:power|electric\w*)\b(?: \w+){0,3}? (?:out|off|down|cut|gone|failed|outage|failure|died|tripped)\b|\bpower (?:outage|cut|failure)\b|\bblack ?out\b"
)
_NEEDS_POWER = re.compile(
    r"\b(?:oxygen|concentrator|ventilator|respirator|dialysis|insulin|cpap|bipap|nebuli[sz]er|life support|feeding pump|medical (?:equipment|device|machine|bed)|breathing machine|electric wheelchair|heart monitor|suction machine|home ?care bed)\b"
)
_COLD_HARM = re.compile(
    r"\b(?:hypothermi\w*|frostbite|turning blue|blue lips|lips are blue|shaking with cold|shivering|freezing to death|cant feel)\b"
)
_HEAT_HARM = re.compile(
    r"\b(?:faint\w*|dizz\w*|vomit\w*|throw\w* up|heat ?stroke|heat exhaustion|passed out|passing out|collapsed|nause\w*|confused|unconscious|cant breathe|seizure|delirious|dehydrat\w*|chest pain)\b"
)

_GUARD = re.compile(
    r"\b(?:railings?|guard ?rails?|hand ?rails?|balustrades?|banisters?|parapets?|fence|window guards?|barriers?|manhole(?: covers?)?|hatch|grates?|trap ?door|floor ?boards?)\b"
)
_GUARD_GONE = re.compile(
    r"\b(?:missing|gone|shattered|broken off|broke off|fell|fallen|collapsed|gave way|came off|came away|snapped|ripped off|torn off|open|removed)\b"
)
_OPEN_EDGE = re.compile(
    r"\b(?:kids?|children|toddlers?) (?:\w+ ){0,3}?(?:play\w*|run\w*|near|around|walk\w*|there|use|could|fall)\b|\bopen (?:edge|drop|hole|pit)\b|\b(?:drop|fall) (?:of|off|from|to|into)\b|\bnothing (?:to stop|there|between)\b|\b(?:\d+(?:st|nd|rd|th)|second|third|fourth|fifth|top|upper) (?:floor|level|storey|story)\b|\blevel \d|\bdeep hole\b|\b(?:someone|people|anyone) (?:\w+ ){0,2}?(?:fall|fell|walk)"
)

_BATTERY = re.compile(
    r"\b(?:batter(?:y|ies)|e[- ]?bikes?|e[- ]?scooters?|scooters?|hoverboard|power ?bank|lithium|charger)\b"
)
_RUNAWAY = re.compile(
    r"\b(?:swell\w*|swollen|bulg\w*|hiss\w*|smok(?:e|es|ing)|popping|on fire|too hot to touch|burning|melting|sparks?|sparking|leaking acid|fumes|glowing)\b"
)
_GAS_PART = re.compile(
    r"\bgas (?:\w+ )?(?:meter|line|pipe|main|valve|regulator|hose|cylinder|bottle|tank|stove|cooker)s?\b|\bpropane\b"
)
_HISS = re.compile(
    r"\b(?:hiss\w*|leak\w*|ruptur\w*|broke\w*|burst\w*|snapped|cut|whistl\w+|smell\w*|open(?:ed)? and wont close|hit by|damaged by|escap\w+)\b"
)

HEAVY_FALL = Rule("falling", (_HEAVY, _COMING_DOWN, _ONTO_PEOPLE), _unless(_FALL_HARMLESS, MILD))
_TREE = re.compile(r"\b(?:branch|branches|trees?|trunk|limbs?)\b")
_TREE_COMES = re.compile(
    _SOON
    + r"|\b(?:crack(?:s|ed|ing)|splitting|split|uproot\w*|lean(?:s|ed|ing) (?:on|against|over|toward|into|onto)|snapp(?:ed|ing))\b"
)
_PEOPLE_OR_HOUSE = re.compile(
    _ONTO_PEOPLE.pattern + r"|\b(?:building|house|roof|windows?|power lines?|wires?|door)\b"
)

_CRASH = re.compile(
    r"\b(?:car|truck|van|vehicle|bus|suv|lorry)(?: \w+){0,3}? (?:crashed|drove|hit|rammed|plowed|slammed|ran) (?:\w+ ){0,2}?(?:into|through|the) "
    r"(?:\w+ ){0,2}?(?:building|house|wall|lobby|store|entrance|apartment|front|column|pillar|porch)\b"
)

RULES = (
    HEAVY_FALL,
    Rule("collapse", (_CRASH,), _unless(MILD)),
    Rule("falling", (_TREE, _TREE_COMES, _PEOPLE_OR_HOUSE), _unless(MILD)),
    Rule(
        "collapse",
        (_BEARING, _YIELDS),
        _unless(
            MILD,
            r"\bdoors?\b|\bmov(?:e|ed|ing) (?:in|out|into|to)\b|\bfence\b|\bcabinet|\bshel(?:f|ves)\b|\bbuilding (?:manager|management|super\w*|entrance|door)\b|\bcolumn (?:inch|of)|\bsunken\b|\bshifts?\b (?:manager|work|change)|\bbuilding moved\b|\bladder\b|\b(?:bike|bicycle|sofa|table|chair|furniture|board|mattress|tree|car|elevator|lift)s? (?:\w+ ){0,2}?(?:lean\w*|mov\w+|slid\w*|shift\w*|tilt\w*)",
        ),
    ),
    Rule(
        "collapse",
        (_WEAK_PART, _YIELDS_HARD, _NOW_OR_MUCH),
        _unless(
            MILD,
            r"\bdoors?\b|\bcabinet|\bshel(?:f|ves)\b|\bfurniture\b|\btiles?\b|\bmov(?:e|ing) (?:in|out)\b|\bsink\b|\bbaseboard|\bcarpet|\bcaulk\w*|\bpaint\b|\bwall ?paper|\bladder\b|\boutlet\b|\bleaning (?:on|against)\b|\bclean\w*",
        ),
    ),
    Rule("collapse", (_CEILING, _CEILING_COMES), _unless(MILD, _CEILING_HARMLESS)),
    Rule(
        "collapse",
        (
            re.compile(
                r"\b(?:walls?|stairs?|staircases?|balcony|balconies|deck|porch|floor|building|roof|ceiling|bridge|carport|canopy|chimney|scaffold\w*|garage)\b"
            ),
            re.compile(
                r"\b(?:collaps\w+|cav(?:ed|ing) in|gave way|giving way|crashed down|came down)\b|"
                + _SOON
            ),
        ),
        _unless(
            MILD,
            _CEILING_HARMLESS,
            r"\bshelf|\bcloset\b|\bumbrella|\btent\b|\bdoors?\b|\bpipes?\b|\bgutter|\bclock\b|\bpicture\b|\bto go (?:up|to|home)\b|\bboiler|\bcome (?:in|to|up|and|fix)\b|\bmirror|\bblinds?|\btowel|\bcabinet|\bon (?:the|my) floor\b",
        ),
    ),
    Rule("falling", (_GUARD, _GUARD_GONE, _OPEN_EDGE), _unless(MILD)),
    Rule("pressure", (_VESSEL, _OVERPRESSURE), _unless(_VESSEL_HARMLESS, MILD)),
    Rule("electric", (_WATER, _ELECTRICS_NAMED, _INTO_ELECTRICS), _unless(_DRY)),
    Rule(
        "fire",
        (_BATTERY, _RUNAWAY),
        _unless(
            r"\bdetectors?\b|\balarms?\b|\bchirp\w*|\bno smok\w*|\bsmokers?\b|\bscooter (?:rider|guy)"
        ),
    ),
    Rule(
        "gas",
        (_GAS_PART, _HISS),
        _unless(r"\bbill\b|\bno leak|\bcut off for\b|\bleak(?:age)? (?:test|check)|\bshut ?off\b"),
    ),
)


# What is judged over the whole text: no heat, no cooling, no water or power for those who need it.
NO_HEAT, NO_COOLING, NO_WATER, NO_POWER = _NO_HEAT, _NO_COOLING, _NO_WATER, _NO_POWER
NEEDS_POWER, COLD_HARM, HEAT_HARM, ROOM, NO_ROOM = (
    _NEEDS_POWER,
    _COLD_HARM,
    _HEAT_HARM,
    _ROOM,
    _NO_ROOM,
)
