"""Facts from the pages of a document: pure functions, no database. They advise, never decide."""

from support.documents.facts import Fact, FactKind
from support.documents.reading import facts_of

__all__ = ["Fact", "FactKind", "facts_of"]
