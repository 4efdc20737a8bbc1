"""A fact read from a document: what, where, by what, how sure. It advises, it never decides."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from support.sandbox import Box, Source


class FactKind(StrEnum):
    """What a fact tells."""

    SERIAL = "serial"
    REQUEST_CODE = "request_code"
    OTHER_REQUEST_CODE = "other_request_code"
    ADDRESS = "address"
    BUYER = "buyer"
    SELLER = "seller"
    TENANT = "tenant"
    LANDLORD = "landlord"
    TAKE_OVER_DATE = "take_over_date"
    LEASE_START_DATE = "lease_start_date"
    LEASE_END_DATE = "lease_end_date"
    SIGNED_DATE = "signed_date"
    SIGNATURE = "signature"
    DOCUMENT_KIND = "document_kind"
    # What must be covered: these hold a place and never the digits.
    PIN = "pin"
    NATIONAL_ID = "national_id"


@dataclass(frozen=True)
class Fact:
    """One fact: ``value`` normalised (a date is ISO, a serial as it is stored), where it stands.

    ``page`` counts from 1; ``box`` is (left, top, width, height) as fractions of the picture, None
    when it belongs to the whole document. ``detail`` holds what is told beside the value: the
    parts of an address, the label before a name, why a kind was chosen.
    """

    kind: FactKind
    value: str
    page: int
    box: Box | None
    source: Source
    confidence: float
    detail: dict[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return {
            "kind": str(self.kind),
            "value": self.value,
            "page": self.page,
            "box": list(self.box) if self.box else None,
            "source": str(self.source),
            "confidence": round(self.confidence, 3),
            "detail": dict(self.detail),
        }

    @classmethod
    def from_dict(cls, row: dict[str, Any]) -> "Fact":
        parts = {
            "kind": FactKind(row["kind"]),
            "box": tuple(row["box"]) if row["box"] else None,
            "source": Source(row["source"]),
        }
        return cls(**{**row, **parts})
