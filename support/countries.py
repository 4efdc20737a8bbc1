"""The countries that an address can be in, by their ISO 3166-1 codes."""

from django.utils.translation import gettext_lazy as _

COUNTRIES = {
    "AD": _("Andorra"),
    "AT": _("Austria"),
    "AU": _("Australia"),
    "BE": _("Belgium"),
    "BG": _("Bulgaria"),
    "CA": _("Canada"),
    "CH": _("Switzerland"),
    "CY": _("Cyprus"),
    "CZ": _("Czechia"),
    "DE": _("Germany"),
    "DK": _("Denmark"),
    "EE": _("Estonia"),
    "ES": _("Spain"),
    "FI": _("Finland"),
    "FO": _("Faroe Islands"),
    "FR": _("France"),
    "GB": _("United Kingdom"),
    "GR": _("Greece"),
    "HR": _("Croatia"),
    "HU": _("Hungary"),
    "IE": _("Ireland"),
    "IL": _("Israel"),
    "IS": _("Iceland"),
    "IT": _("Italy"),
    "LI": _("Liechtenstein"),
    "LT": _("Lithuania"),
    "LU": _("Luxembourg"),
    "LV": _("Latvia"),
    "MC": _("Monaco"),
    "MT": _("Malta"),
    "NL": _("Netherlands"),
    "NO": _("Norway"),
    "NZ": _("New Zealand"),
    "PL": _("Poland"),
    "PT": _("Portugal"),
    "RO": _("Romania"),
    "RS": _("Serbia"),
    "SE": _("Sweden"),
    "SG": _("Singapore"),
    "SI": _("Slovenia"),
    "SK": _("Slovakia"),
    "TR": _("Türkiye"),
    "UA": _("Ukraine"),
    "US": _("United States"),
}


def choices() -> list[tuple[str, str]]:
    """Return codes and names by name in the reader's language, after an empty choice."""
    named = sorted(((code, str(name)) for code, name in COUNTRIES.items()), key=lambda c: c[1])
    return [("", _("Choose a country")), *named]


# Where a language without a country in its tag is mostly spoken, of those that we serve.
_HOME = {"nb": "NO", "nn": "NO", "no": "NO", "sv": "SE", "da": "DK", "de": "DE", "fi": "FI"}


def likely(accept_language: str) -> str:
    """Return the country that a browser's first language speaks of ("en-GB"), or nothing.

    A guess to begin with, in plain sight and free to be changed.
    """
    tag = accept_language.partition(",")[0].partition(";")[0].strip()
    language, _hyphen, region = tag.partition("-")
    country = region.upper() or _HOME.get(language.lower(), "")
    return country if country in COUNTRIES else ""
