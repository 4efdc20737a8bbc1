"""The schedule as people read it: the table of docs/privacy.md."""

from support.services.retention.schedule import SCHEDULE


def table() -> str:
    """Return the schedule as a Markdown table."""
    lines = ["| what | kept | counted from | then | why |", "|---|---|---|---|---|"]
    for rule in SCHEDULE:
        cells = (rule.what, rule.how_long, rule.since, rule.then, rule.why)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
