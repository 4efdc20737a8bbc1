"""What leaves as CSV: no cell is a formula to whatever opens it (ASVS 1.2.10)."""

SAFE = "'"
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "|", "%")


def harmless(cell: object) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    text = "" if cell is None else str(cell)
    return SAFE + text if text.lstrip(" \u00a0").startswith(FORMULA) else text
