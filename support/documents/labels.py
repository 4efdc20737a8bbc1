"""What documents call the people, dates and numbers in them, in five languages.

Patterns are over plain text (``Line.plain``: small letters, no accents), so they hold for optical
reading too, which loses accents.
"""

import re

from support.documents.facts import FactKind

PEOPLE = {
    FactKind.BUYER: r"buyers?|purchasers?|kjopere?|koper|kopare|koparna|kobere?"
    r"|kaufer(?:in)?|erwerber(?:in)?",
    FactKind.SELLER: r"sellers?|vendors?|selgere?|saljare|saljarna|s(?:ae?|e)lgere?"
    r"|verkaufer(?:in)?|verausserer(?:in)?",
    FactKind.TENANT: r"tenants?|lessees?|leie?takere?|leier|hyresgast(?:er|en)?|lejere?"
    r"|mieter(?:in)?",
    FactKind.LANDLORD: r"landlords?|lessors?|utleiere?|hyresvard(?:en)?|udlejere?"
    r"|vermieter(?:in)?",
}
DATES = {
    FactKind.TAKE_OVER_DATE: r"overtakelse\w*|overtakel\w*|overtas|overtagelse\w*|overtages"
    r"|tilltrade\w*|tilltrader|ubergabe\w*|besitzubergang|ubergang von besitz|nutzen und lasten"
    r"|overtatt|overtaget|tilltratt|ubergeben|take[ns]?[- ]?over|hand(?:ed)?[- ]?over"
    r"|possession|completion date|closing date|date of completion",
    FactKind.LEASE_START_DATE: r"leieforholdet (?:starter|begynner|gjelder fra|loper fra)"
    r"|leieperiode\w*|leiestart|innflytting\w*|mietbeginn|mietverhaltnis beginnt"
    r"|lejeforholdet (?:begynder|starter)|lejeaftalen begynder|hyrestiden? (?:borjar|lope?r fran)"
    r"|hyrestid|start of (?:the )?(?:tenancy|lease)|(?:tenancy|lease) (?:starts|start(?: date)?"
    r"|begins|commences)|commencement date",
    FactKind.LEASE_END_DATE: r"leieforholdet (?:opphorer|utloper|avsluttes)|leieslutt"
    r"|opphorsdato|mietende|mietverhaltnis endet|befristet bis|lejeforholdet (?:ophorer|slutter)"
    r"|lejeaftalen ophorer|hyrestiden (?:upphor|slutar)|end of (?:the )?(?:tenancy|lease)"
    r"|(?:tenancy|lease) (?:ends|end(?: date)?|expires)|expiry date|til og med|t\.o\.m\.?"
    r"|til og med dato",
    FactKind.SIGNED_DATE: r"signed(?: on)?|signert|signerad|sted og dato|sted/dato|ort och datum"
    r"|ort, datum|undertecknat|underskrevet|unterzeichnet am",
}
TITLES = {
    "purchase_agreement": r"kjopekontrakt\w*|kjops?avtale\w*|kjopsavtale|skjote|kopekontrakt\w*"
    r"|kopeavtal\w*|kopebrev|overlatelseavtal\w*|kobsaftale\w*|kobekontrakt|skode"
    r"|kaufvertrag\w*|\w*kaufvertrag|purchase (?:agreement|contract)|sales? (?:agreement|contract)"
    r"|contract of sale|sale and purchase|deed of (?:sale|conveyance)",
    "lease": r"\w*leiekontrakt\w*|\w*leieavtale\w*|hyresavtal\w*|hyreskontrakt\w*|lejekontrakt\w*"
    r"|lejeaftale\w*|\w*mietvertrag\w*|lease(?: agreement| contract)?|tenancy(?: agreement)?"
    r"|rental (?:agreement|contract)",
}
SIGNATURES = (
    r"digitally signed by|electronically signed(?: by)?|signed (?:by|with)|e-?signed by"
    r"|elektronisk signert|digitalt signert|signert (?:av|med)|signerad av|undertecknat av"
    r"|underskrevet (?:af|med)|digital unterschrieben|elektronisch signiert|unterzeichnet von"
    r"|bankid|mitid|nemid|docusign|penneo|scrive|adobe sign|visma sign|oneflow|getaccept|signicat"
)
PIN = r"pin(?:[- ]?(?:code|kode|kod|nummer|number|nr|no))?"
NATIONAL_ID = (
    r"fodselsn(?:umme)?r|f(?:odsels)?\.? ?nr|fnr|personn(?:umme)?r|pers\.? ?nr|pnr|d-nummer"
    r"|cpr(?:[- ]?(?:nummer|nr))?|steuer-?id(?:entifikationsnummer)?|steuer-?idnr|idnr"
    r"|personalausweis(?:nummer|nr)?|national id(?:entity)?(?: number| no)?|id number"
    r"|social security number"
)


def compiled(table: dict, before: str = r"(?<!\w)(?:", after: str = r")(?!\w)") -> dict:
    """Return the patterns of a table, each a whole word."""
    return {key: re.compile(before + pattern + after) for key, pattern in table.items()}
