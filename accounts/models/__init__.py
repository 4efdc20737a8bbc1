from accounts.models.people import (
    Code,
    ContactPoint,
    FirmMember,
    InstallerFirm,
    Role,
    StaffRole,
    User,
    normalise_email,
)
from accounts.models.power import PowerChange
from accounts.models.proofs import Factor, FailedProof, RecoveryCode
from accounts.models.throttle import Throttle

__all__ = [
    "Code",
    "ContactPoint",
    "Factor",
    "FailedProof",
    "FirmMember",
    "InstallerFirm",
    "PowerChange",
    "RecoveryCode",
    "Role",
    "StaffRole",
    "Throttle",
    "User",
    "normalise_email",
]
