"""How messages are worded that ask for no fact: whole wordings, in lower or upper case, `'s` written out as "is".

Of a form, `topic`, `outlet` and `when` are what it is about, by whom and of what time.
"""

import re
from enum import StrEnum


class Kind(StrEnum):
    """What is wanted."""

    GREETING = "greeting"
    THANKS = "thanks"
    ABILITIES = "abilities"  # what can be asked here
    HOLDINGS = "holdings"  # how many articles, which outlets, of what time
    SUMMARY = "summary"
    TOPIC = "topic"  # what there is on something
    PERIOD = "period"  # what happened then
    LATEST = "latest"
    LIST = "list"


_HELLO = r"(?:hello|hi|hey|greetings|good (?:morning|afternoon|evening|day))(?: (?:there|all|everyone|again))?"
_WELL = r"(?:please|kindly|ok(?:ay)?|so|well|now|and|then)"
_MAY_I = (
    r"(?:can|could|would|will) you(?: please)? |i(?:'d| would) like (?:you )?to (?:see |know |read )?|"
    r"i want (?:you )?to (?:see |know )?"
)
HELLO = re.compile(rf"{_HELLO}\b", re.IGNORECASE)
BEFORE = re.compile(rf"(?:(?:{_HELLO}|{_WELL})\b[\s,.!:]*)*(?:{_MAY_I})?", re.IGNORECASE)
AFTER = re.compile(r"(?:[\s,]*\b(?:please|for me|if you can))*[\s?.!…]*$", re.IGNORECASE)

_ONE = r"(?:article|document|text|page|paper|report|piece|story|source|file|one)"
_MANY = r"(?:articles|documents|texts|papers|reports|pieces|stories|sources|files|items)"
_NEWS = rf"(?:{_MANY}|news|news {_MANY}|headlines|updates|developments|coverage|information|material)"
_THIS = rf"(?:it|this|that|(?:this|that|the)(?: (?:last|first|above|same|whole|entire|full|chosen|selected))? {_ONE})"
_LIBRARY = r"(?:here|(?:in|of) (?:the|this|your|my) (?:library|collection|database|corpus|archive))"
_ON = r"(?:on|about|regarding|concerning)"
_THAT = rf"(?:that|which) (?:mention|cover|discuss|deal with|are {_ON})"
_COVER = rf"(?:{_ON}|mentioning|covering|discussing|{_THAT})"
_SHOW = r"(?:(?:list|show|give|get|find|tell|bring)(?: me)?(?: all| any| some| every)?(?: of)?(?: the| your| my)? )"
_HAVE = (
    r"(?:(?:(?:do|have) (?:you|we) (?:have|got|hold|keep|know)(?: got)?|(?:are|is) there|you have|there (?:are|is))"
    rf"(?: available| {_LIBRARY})?)"
)
_DOES_IT = r"does (?:the|this|your) (?:library|collection|database) (?:have|hold|contain|cover|span)"
_TOPIC, _WHEN = r"(?P<topic>.+)", r"(?P<when>.+)"
_SPACE = r"in (?:space(?: policy| law)?|the (?:news|world))"
_OUTSIDE = r"(?P<topic>(?:(?! (?:in|under) ).)+)"  # "anything about debris in the Moon Agreement" asks for a fact
_LAST = r"(?:latest|newest|most recent|recent|last few)"
_LENGTH = r"(?:up|briefly|shortly|quickly|in (?:brief|short)|in \w+(?: \w+)? (?:sentences?|words|lines|points))"
_NAMED = rf"(?:the {_ONE}(?: called| titled| named| entitled| {_ON})? )?"
_SUM_UP = r"(?:summari[sz]e|sum up|recap)"
_SUMMARY = (
    r"(?:(?:(?:give|write|make|show|get)(?: me)?|i (?:need|want)|can i (?:have|get|see)|let me (?:have|see)) )?"
    r"(?:an? |the )?(?:(?:short|brief|quick|concise) )?(?:summary|recap|synopsis|tl;?dr)"
)

FORMS: tuple[tuple[Kind, str], ...] = (
    (
        Kind.GREETING,
        r"(?:how are you|how do you do|how is it going|nice to meet you|test|testing)(?: today| doing)?",
    ),
    (
        Kind.THANKS,
        r"(?:(?:many|ok|okay|great|good),? )?(?:thanks|thank you|cheers|thx)"
        r"(?: (?:a lot|so much|very much|again|for (?:that|this|the help|your help)))?",
    ),
    (
        Kind.THANKS,
        r"(?:ok(?:ay)?|great|good|perfect|nice|cool|got it|i see|understood|well done|good job|bye|goodbye|see you|"
        r"that is (?:all|great|good|helpful))(?:[,.! ]+(?:thanks|thank you))?",
    ),
    (
        Kind.ABILITIES,
        r"help(?: me)?|what (?:else )?(?:can|do) you do|what are you(?: for)?|who are you|"
        r"what are your (?:abilities|skills|capabilities|features)|introduce yourself|tell me about yourself|"
        r"what (?:can|may|should|could) i ask(?: you)?(?: about)?|how (?:can|do) you help(?: me)?|"
        r"what (?:can|could) you help(?: me)? with|how (?:do|can|should) i use (?:this|it|you)|"
        r"how (?:do|does) (?:this|it|you) work|what is this (?:app|tool|site|page|chat|program|assistant)(?: for)?",
    ),
    (
        Kind.HOLDINGS,
        rf"how many {_MANY}(?: (?:from|by) (?P<outlet>.+?))?"
        rf"(?: {_HAVE}| have you got| can you search| are {_LIBRARY}| {_LIBRARY}| {_DOES_IT})",
    ),
    (
        Kind.HOLDINGS,
        r"(?:which|what) (?:news )?(?:outlets|publishers|newspapers|news agencies|media) "
        rf"(?:{_HAVE}|do you (?:cover|use|read|search)|are (?:included|covered|{_LIBRARY}))|"
        rf"{_SHOW}(?:outlets|publishers|newspapers)(?: {_HAVE}| {_LIBRARY})?",
    ),
    (
        Kind.HOLDINGS,
        r"how (?:big|large) is (?:the|this|your) (?:library|collection|database|archive)|"
        rf"(?:which|what) (?:period|time|dates|years|time span) (?:do you (?:cover|have)|{_DOES_IT})|"
        r"how (?:recent|old|up to date|current) (?:are|is) (?:the|your) "
        rf"(?:{_NEWS}|library|collection|data|knowledge)",
    ),
    (Kind.SUMMARY, rf"{_SUM_UP}(?: {_THIS})?(?: {_LENGTH})?"),
    (Kind.SUMMARY, rf"{_SUMMARY}(?: of {_THIS})?(?: {_LENGTH})?"),
    (Kind.SUMMARY, rf"what (?:is|was) (?:this|that|the) {_ONE} about|what does (?:this|that|the) {_ONE} say"),
    (Kind.SUMMARY, rf"{_SUM_UP} {_NAMED}{_TOPIC}"),
    (Kind.SUMMARY, r"what (?:does|do) [“\"](?P<topic>[^”\"]+)[”\"] say"),  # an article by its title
    (Kind.SUMMARY, rf"{_SUMMARY}(?: (?:of|on|for)|:) {_NAMED}{_TOPIC}"),
    (
        Kind.PERIOD,
        rf"(?:{_SHOW}|what (?:is|are|was|were) (?:the )?|the )?(?:main |big |major )?(?:events|{_NEWS})"
        rf"(?: published| dated| reported)? {_WHEN}",
    ),
    (
        Kind.PERIOD,
        r"what (?:else |all )?(?:(?:(?:has|had|is) )?(?:been )?(?:happened|happening|going on|took place|occurred)|"
        r"(?:is|was) (?:happening|going on|reported|published|new))"
        rf"(?: {_SPACE})? {_WHEN}",
    ),
    (Kind.PERIOD, rf"what {_HAVE} (?:from|for) {_WHEN}"),
    (
        Kind.LATEST,
        rf"(?:{_SHOW}|what (?:is|are) (?:the )?|any |the )?{_LAST}(?: {_NEWS})?(?: (?:from|by) (?P<outlet>.+?))?"
        rf"(?: {_ON} {_TOPIC})?(?: {_HAVE}| {_LIBRARY})?",
    ),
    (
        Kind.LATEST,
        rf"(?:what is|anything|something) new(?: (?:today|lately|recently|{_SPACE}|{_LIBRARY}))?"
        rf"(?: from (?P<outlet>.+?))?(?: (?:on|with) {_TOPIC})?",
    ),
    (Kind.LATEST, rf"(?:{_SHOW}|any |the )?(?:news|headlines|updates)(?: today)?(?: (?:from|by) (?P<outlet>.+))?"),
    (Kind.LATEST, rf"(?:{_SHOW}|any |all )?{_MANY} (?:from|by|published by) (?P<outlet>.+)"),
    (Kind.LATEST, rf"what (?:else )?(?:{_NEWS} )?{_HAVE} (?:from|by) (?P<outlet>.+)"),
    (Kind.TOPIC, rf"(?:tell me |show me )?what (?:else |all )?(?:{_NEWS} )?{_HAVE} {_ON} {_TOPIC}"),
    (Kind.TOPIC, rf"what is {_LIBRARY} {_ON} {_TOPIC}"),
    (Kind.TOPIC, rf"(?:{_HAVE} |got )?(?:anything|something) {_ON} {_OUTSIDE}"),
    (Kind.TOPIC, rf"(?:{_HAVE} )?any {_NEWS} {_ON} {_OUTSIDE}"),
    (Kind.TOPIC, rf"(?:{_SHOW}|which |what |how many )?{_NEWS}(?: {_HAVE})? {_COVER} {_TOPIC}"),
    (Kind.TOPIC, rf"(?:which|what|how many) {_NEWS} (?:are {_ON}|mention|cover|discuss) {_TOPIC}"),
    (Kind.TOPIC, rf"how many {_NEWS} {_ON} (?P<topic>.+?) {_HAVE}"),
    (
        Kind.LIST,
        rf"(?:{_SHOW}|which |what )(?:different )?{_MANY}"
        rf"(?: {_HAVE}| {_LIBRARY}| available| are available| are {_LIBRARY}| have you got| can you search)?",
    ),
    (Kind.LIST, rf"what (?:do you (?:have|know)|have you got|is) {_LIBRARY}|what (?:do you have|have you got)"),
)
COMPILED = tuple((kind, re.compile(form, re.IGNORECASE)) for kind, form in FORMS)

# A part of a document, or a question in other words, is looked for like any question.
PART = re.compile(
    r"\b(?:articles?|guidelines?|principles?|sections?|paragraphs?|annex|chapters?|parts?)\s+"
    r"(?:\d|[IVXLC]+\b|[A-Z][.-]?\d)|"
    r"\b(?:in|of|under) (?:the |this |that )?.*\b(?:treaty|agreement|convention|accords?|guidelines?|principles?|"
    r"resolution|laws?|act|statute|chapter|declaration|charter)\b",
    re.IGNORECASE,
)
ASKING = re.compile(
    r"(?:how|what|why|whether|who|whose|when|which|where|if)\b|"
    r"(?:all |the |its |their |some |main |key )*(?:differen|similar|reason|argument|position|view|condition|rule|"
    r"obligation|dut(?:y|ies)|steps?\b|cause|effect|consequence|requirement|provision|relation|rights?\b|points?\b)",
    re.IGNORECASE,
)
