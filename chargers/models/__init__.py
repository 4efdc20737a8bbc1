"""What exists, who holds it, who may see a PIN. Knows nothing of support."""

from chargers.models.decoy import Decoy
from chargers.models.hold import Hold
from chargers.models.imports import AwaitedPlace, ImportBatch, ImportRow, VendorCountry
from chargers.models.pin import Grant, Pin, Reveal, Share, Sighting
from chargers.models.proposal import Proposal
from chargers.models.registry import Charger, Installation, OwnerState
from chargers.models.tenure import Tenure

__all__ = [
    "AwaitedPlace",
    "Charger",
    "Decoy",
    "Grant",
    "Hold",
    "ImportBatch",
    "ImportRow",
    "Installation",
    "OwnerState",
    "Pin",
    "Proposal",
    "Reveal",
    "Share",
    "Sighting",
    "Tenure",
    "VendorCountry",
]
