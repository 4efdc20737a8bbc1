"""The makers whose stations and files we know: a new one is a file here and a line in VENDORS."""

from chargers.vendors.maker import MAKER
from chargers.vendors.protocol import Vendor

VENDORS: dict[str, Vendor] = {MAKER.key: MAKER}
# Our own CSV names no vendor: its rows belong to this one.
DEFAULT_VENDOR = MAKER.key

__all__ = ["DEFAULT_VENDOR", "VENDORS", "Vendor"]
