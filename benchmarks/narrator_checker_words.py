"""The words by which benchmarks/narrator_checker.py reads a line: who and what is named, and what is done.

Not run by itself. The lists are open: a word that is in none of them is read over.
"""

import re


def words(text: str) -> list[str]:
    """The words of a list."""
    return text.split()


_IRREGULAR = {  # past, participle
    "break": ("broke", "broken"),
    "slay": ("slew", "slain"),
    "bite": ("bit", "bitten"),
    "strike": ("struck", "struck"),
    "hit": ("hit", "hit"),
    "cut": ("cut", "cut"),
    "catch": ("caught", "caught"),
    "find": ("found", "found"),
    "sink": ("sank", "sunk"),
    "tear": ("tore", "torn"),
    "hew": ("hewed", "hewn"),
    "drive": ("drove", "driven"),
    "smite": ("smote", "smitten"),
    "split": ("split", "split"),
    "fall": ("fell", "fallen"),
    "take": ("took", "taken"),
    "hold": ("held", "held"),
    "win": ("won", "won"),
    "lose": ("lost", "lost"),
    "dive": ("dived", "dived"),
    "weave": ("wove", "woven"),
    "burst": ("burst", "burst"),
    "swing": ("swung", "swung"),
    "drink": ("drank", "drunk"),
    "eat": ("ate", "eaten"),
    "die": ("died", "died"),
    "overcome": ("overcame", "overcome"),
    "hurt": ("hurt", "hurt"),
    "rend": ("rent", "rent"),
    "shear": ("sheared", "shorn"),
    "cleave": ("cleaved", "cloven"),
    "bleed": ("bled", "bled"),
    "sting": ("stung", "stung"),
    "go": ("went", "gone"),
    "stand": ("stood", "stood"),
    "withstand": ("withstood", "withstood"),
    "swallow": ("swallowed", "swallowed"),
    "melt": ("melted", "melted"),
    "grind": ("ground", "ground"),
    "shatter": ("shattered", "shattered"),
    "crumple": ("crumpled", "crumpled"),
    "leap": ("leapt", "leapt"),
}
_DOUBLED = {"hit", "cut", "slip", "stab", "rip", "clip", "stop", "skip", "slam", "win", "chop", "split"}

VERBS = {
    "HIT": "hit strike cut slash carve bite slice pierce stab wound smite gash sink tear "
    "rip rake hew gouge chop "
    "drive plunge maul hurt injure hammer slam score clip sting land connect touch "
    "hack cleave rend bury batter "
    "smash pummel skewer lacerate bash crash taste",
    "FIND": "find catch reach",
    "MISS": "miss whiff",
    "ROLL": "roll tumble somersault",
    "DODGE": "dodge evade sidestep duck avoid elude outroll",
    "BLOCK": "block parry deflect guard repel rebuff",
    "STOP": "stop hold take withstand turn endure",
    "BREAK": "break shatter crack burst split crumble buckle fracture",
    "STAGGER": "stagger totter",
    "KILL": "kill slay finish destroy vanquish defeat behead butcher slaughter end",
    "DIE": "die perish fall collapse dissolve expire crumple",
    "WIN": "win triumph prevail conquer",
    "LOSE": "lose",
    "ABSORB": "absorb drink swallow eat devour soak",
    "FADE": "fade vanish flicker gutter disappear wane",
    "PUNISH": "punish",
}
NOUN_EVENTS = {
    "roll": "ROLL",
    "hit": "HIT",
    "miss": "MISS",
    "block": "BLOCK",
    "parry": "BLOCK",
    "dodge": "DODGE",
}


def _forms(lemma: str) -> dict[str, str]:
    """The forms of a verb and what each is: base, s, ing, past, part (only a participle)."""
    ending = "es" if re.search(r"(s|sh|ch|x|z)$", lemma) else "s"
    third = lemma[:-1] + "ies" if re.search(r"[^aeiou]y$", lemma) else lemma + ending
    stem = lemma + lemma[-1] if lemma in _DOUBLED else lemma
    if lemma == "die":
        ing = "dying"
    else:
        ing = (stem[:-1] if re.search(r"[^e]e$", stem) else stem) + "ing"
    past = stem + "d" if stem.endswith("e") else stem + "ed"
    past = past[:-3] + "ied" if re.search(r"[^aeiou]yed$", past) else past
    past, participle = _IRREGULAR.get(lemma, (past, past))
    forms = {lemma: "base", third: "s", ing: "ing", past: "past"}
    if participle != past:
        forms[participle] = "part"
    if past == lemma:
        forms[lemma] = "past_or_base"
    return forms


VERB_FORMS: dict[str, tuple[str, str, str]] = {}  # the word: class, form, lemma
for _kind, _lemmas in VERBS.items():
    for _lemma in _lemmas.split():
        for _word, _form in _forms(_lemma).items():
            if _word not in ("fell", "found", "ground", "rent") or _kind in ("DIE", "FIND"):
                VERB_FORMS.setdefault(_word, (_kind, _form, _lemma))

KNIGHT = (
    "knight warrior challenger champion hero swordsman fighter mortal human man "
    "manling armored paladin duelist"
)
KNIGHT += " sir knightling tin"
SLIME = (
    "slime ooze jelly beast demon monster horror creature fiend blob thing brute "
    "abomination gelatin devil slimes"
)
SWORD = "sword steel swords longsword swordpoint"
CLEAVE = "cleave cleaves cleaver lunge lunges axe claw claws"
BLOW = (
    "blow blows strike strikes swing swings cut cuts slash slashes blade blades edge "
    "attack attacks thrust stroke"
)
BLOW += " weapon hit hits counter riposte"
GUARD = "guard shield shields defence defense"
AEGIS = "aegis ward bubble"
AIR = (
    "air nothing nobody empty emptiness dust ground stone stones floor earth dirt "
    "sand wind shadow shadows echo flagstones"
)
NONE_WORDS = "nobody nothing neither none"
ENTITIES: dict[str, str] = {}
for _type, _words in (
    ("K", KNIGHT),
    ("S", SLIME),
    ("SWORD", SWORD),
    ("CLEAVE", CLEAVE),
    ("BLOW", BLOW),
    ("GUARD", GUARD),
    ("AEGIS", AEGIS),
    ("AIR", AIR),
):
    for _word in _words.split():
        ENTITIES[_word] = _type
FLESH = set(
    words("flesh body hide side belly skin mail armour armor plate shoulder chest ribs heart core bone")
)

PRONOUNS = {  # in the third person: side, possessive
    "he": ("K", False),
    "him": ("K", False),
    "himself": ("K", False),
    "his": ("K", True),
    "it": ("IT", False),
    "itself": ("S", False),
    "its": ("S", True),
}
FIRST_PERSON = {
    "i": ("S", False),
    "me": ("S", False),
    "myself": ("S", False),
    "my": ("S", True),
    "mine": ("S", True),
    "you": ("K", False),
    "yourself": ("K", False),
    "your": ("K", True),
    "yours": ("K", True),
    "it": ("IT", False),
    "his": ("K", True),
    "he": ("K", False),
    "him": ("K", False),
}
DETERMINERS = set(
    words("the a an this that these those another each every no one his its my your our their any")
)
DETERMINERS |= set(words("first second third fourth fifth two three four five six more"))
AUXILIARIES = set(words("is are was were be been being am get gets got gotten 's 'm 're"))
MODALS = set(
    words("would could can may might will shall should must cannot can't won't 'll 'd wouldn't couldn't")
)
HYPOTHETICAL = set(
    words("if unless until before let tries try tried trying wants want wanted hopes hope meant means")
)
HYPOTHETICAL |= set(words("almost nearly expect expects begs dares ready about soon next how why"))
NEGATIONS = set(
    words(
        "not no never n't cannot nor without neither nobody nothing none barely hardly refuses fails failed"
    )
)
NEGATIONS |= set(
    words("refused denied denies fail cannot can't won't doesn't don't didn't isn't wasn't aren't hasn't")
)
NEGATIONS |= {"refuse", "haven't", "couldn't", "wouldn't", "dont"}
PREPOSITIONS = set(
    words("of from by with in on under into through against over at past across inside beneath for to upon")
)
PREPOSITIONS |= {"onto", "off", "behind", "around", "below", "above", "within", "along", "beside", "between"}
CONJUNCTIONS = set(
    words("and but then while as before after when until yet so because that which who where if though or")
)
CONJUNCTIONS |= {"unless", "till", "once", "whose", "still", "although", "since", "nor", "for"}

# Phrases that mean one verb or noun, rewritten before a line is read word by word.
REWRITES = [
    (r"\b(?:little|fire|brave|small|tin|poor|young|proud|soft|warm)[ -](knight|warrior|man)\b", r"knight"),
    (r"\bman of fire\b|\bflame[- ]?bearer\b|\bman in (?:the )?mail\b", "knight"),
    (r"\bdemon slime\b|\bdemon[- ]jelly\b", "slime"),
    (
        r"\b(turn|ward|push|beat|bat|knock|fend|shove)(s|ed|ing)? (?:(it|the \w+|my \w+|his \w+|your \w+) )?"
        r"(aside|away|off)\b",
        r"deflect\2 \3",
    ),
    (r"\bgives? way\b", "breaks"),
    (r"\bgave way\b|\bgiven way\b", "broke"),
    (r"\b(?:goes|flies|comes) to pieces\b|\bflies apart\b|\bcaves? in\b|\bgives? out\b", "breaks"),
    (r"\b(?:draws|drew|draw|drawing) (first |second )?(?:\w+ )?blood\b", r"wounds \1blood"),
    (
        r"\b(?:goes|passes|sails|swings|whistles|hisses|rushes|flies|howls|falls|whirls|"
        r"sweeps|slides|comes|scythes) "
        r"(?:\w+ )?(?:wide|by|past|short)\b",
        "misses",
    ),
    (
        r"\b(?:went|passed|sailed|swung|whistled|rushed|flew|fell|swept) (?:\w+ )?(?:wide|by|past|short)\b",
        "missed",
    ),
    (r"\bcomes? (?:away|up) empty\b|\bgoes astray\b", "misses"),
    (r"\b(?:goes|went|go) (?:down|limp)\b(?! (?:to|swinging|in history))", "dies"),
    (r"\b(?:breathes|breathed) (?:\w+ )last\b|\bdrops? dead\b", "dies"),
    (
        r"(?:\b(?:is|lies|lie|are|am)|'s|'re|'m) (?:now )?(?:dead|slain|no more|"
        r"vanquished|beaten|undone|finished)\b(?! of)",
        " dies",
    ),
    (
        r"\bfall(s|en|ing)? (?:back|silent|quiet|on|upon|into|for|behind|away|still|under|"
        r"heavy|hard|like|through|toward"
        r"|towards|across|where|between|from|again and again)\b",
        "moves",
    ),
    (r"\bfell (?:back|silent|quiet|on|upon|into|for|behind|away|still|like|from)\b", "moved"),
    (r"\bcut(?:s|ting)? (?:short|off|the air|through the air|across)\b", "moves"),
    (
        r"\btake(?:s|n)? (?:heart|note|a breath|breath|aim|courage|the field|a step|his "
        r"place|their places|its place"
        r"|heed|shape|up|hold|to)\b|\btakes? my (?:time|place)\b",
        "moves",
    ),
    (r"\b(?:hold|holds|held|holding) (?:\w+ )?(?:breath|its breath|our breath|her breath)\b", "waits"),
    (r"\b(?:strike|strikes|struck|land|lands|cuts|hits) (?:up|a pose|terror|fear|home the point)\b", "moves"),
    (
        r"\b(slips?|slipped|slides?|spins?|twists?|weaves?|leaps?|ducks?|vanish\w*|"
        r"dances?|passes|passed|dives?|dived|ghosts?"
        r"|flows?) (?:\w+ )?(?:through|beneath|under|past|beyond|inside|clear of|out of|"
        r"away from) (the|my|its|that|this|his) "
        r"((?:\w+ )?(?:cleave|blade|blow|swing|lunge|strike|stroke|axe|claw|claws|attack|edge))\b",
        r"dodges \2 \3",
    ),
    (
        r"\b(?:cuts?|hews?|smash(?:es|ed)?|bursts?|crash(?:es|ed)?|batters?|tears?|"
        r"breaks?|broke|drives?|ploughs?|plows?"
        r"|punch(?:es)?|goes|carves?|shears?|crush(?:es)?|splits?) (?:clean |straight |right )?"
        r"(?:through|down|apart|open|aside) ((?:the |his |its |my |your |\w+'s )(?:[\w']+ "
        r")?(?:guard|shield|defence|defense))\b",
        r"breaks \1",
    ),
    # through what, if nothing else is named: the guard
    (
        r"\b(?:smash(?:es|ed)?|bursts?|crash(?:es|ed)?|breaks?) through(?=\s*(?:[.,;:!]|$))",
        "breaks the guard",
    ),
    (r"\bgot (him|it|you|me) (?:good|square|clean|bad)\b", r"hit \1"),
    (
        r"\b(?:takes?|took|taken|takin) (the \w+|it|my \w+|that|that one) (?:\w+ )?on "
        r"(?:the|his|your) shield\b",
        r"catches \1",
    ),
    (r"\bguard(?:'s| is) (?:now )?(?:gone|down|in pieces)\b", "guard breaks"),
    (r"\b(guard|shield) (?:stands firm|stays up|do(?:es)? not (?:yield|budge|give|move))\b", r"\1 holds"),
    (r"\bbested\b", "defeated"),
    (r"\bfalls? short\b|\blands? (?:\w+ ){0,3}(?:away|short|wide|elsewhere)\b", "misses"),
    (r"\b(?:bites?|bit) off\b", "wants"),
    (r"\bma(?:kes?|de) (it|the \w+|me|him|you) pay\b", r"punishes \1"),
    (r"\bdown (?:goes|went) (the \w+|he|it)\b", r"\1 dies"),
]
REWRITES = [(re.compile(pattern), into) for pattern, into in REWRITES]

UNITS = {
    word: number
    for number, word in enumerate(
        words(
            "zero one two three four five six seven eight nine ten eleven twelve thirteen "
            "fourteen fifteen sixteen "
            "seventeen eighteen nineteen"
        )
    )
}
TENS = {
    word: 10 * number
    for number, word in enumerate(words("twenty thirty forty fifty sixty seventy eighty ninety"), 2)
}
ORDINALS = {
    word: number
    for number, word in enumerate(
        words(
            "second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth "
            "thirteenth fourteenth fifteenth "
            "sixteenth seventeenth eighteenth nineteenth twentieth"
        ),
        2,
    )
}

PROFANE = re.compile(
    r"\b(?:f+u+c+k\w*|sh[i1!]t\w*|b[i1!]tch\w*|c+u+n+t+s?|assholes?|bastards?|"
    r"d[i1]cks?|p[i1]ss\w*|wh[o0]res?|sluts?|"
    r"n[i1]gg\w+|f[a4]gg?\w*|r[a4]pe\w*|cocks?|puss(?:y|ies)|damn(?:ed|it)?|crap|ass|"
    r"arse|twats?|wankers?|retard\w*|nazis?)\b"
)
ROLE_WORDS = re.compile(
    r"\b(?:system(?=:| prompt)|assistant|user|prompts?|instructions?|tokens?|language model|as an "
    r"ai|ai|chatbot|openai|gpt\w*|"
    r"chatgpt|json|html|javascript|python|facts?|beat:|i(?:'m| am) sorry|i cannot|i "
    r"can't help|endoftext|im_end|im_start)\b"
    r"|<\|"
)
MODERN = re.compile(
    r"\b(?:guns?|pistols?|rifles?|bullets?|cars?|trucks?|tanks?|phones?|computers?|"
    r"internet|robots?|lasers?|bombs?|"
    r"grenades?|rockets?|planes?|trains?|televisions?|tv|cameras?|nuclear|missiles?|"
    r"engines?|motorcycles?|helicopters?|"
    r"emails?|website|video game|boss fight|level up|respawn\w*|game over)\b"
)
OTHER_GAMES = re.compile(
    r"\b(?:dark souls|elden ring|zelda|link|mario|bloodborne|sekiro|skyrim|diablo|"
    r"pok[eé]mon|minecraft|fortnite|"
    r"dragon quest|final fantasy|world of warcraft|hollow knight|malenia|radahn|gwyn|"
    r"geralt|witcher|rimuru|sonic|tetris)\b"
)
STRANGERS = re.compile(
    r"\b(?:dragons?|kings?|queens?|princes?|princess(?:es)?|wizards?|witch(?:es)?|"
    r"mages?|sorcerers?|goblins?|orcs?|elf|elves|"
    r"dwarf|dwarves|vampires?|zombies?|skeletons?|giants?|trolls?|archers?|priests?|"
    r"angels?|unicorns?|wolves|wolf|"
    r"bandits?|thie(?:f|ves)|god|goddess|jesus|allah|satan|odin|zeus|thor|emperors?|"
    r"pirates?|ninjas?|samurai)\b"
)
