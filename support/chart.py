"""The state chart in words and as Mermaid, made from the model's own transitions."""

from support import machine
from support.machine import State
from support.models import Ticket

_HEAD = """# The ticket's states

Made by `python manage.py statechart` from the model; a test fails when it is out of date.
PostgreSQL lets no other move through (support/guards.py).
"""


def chart() -> str:
    """Return docs/states.md as it must be."""
    field = Ticket._meta.get_field("state")
    moves = sorted(
        {
            (str(move.source), str(target), move.name)
            for move in field.get_all_transitions(Ticket)
            for target in _targets(move)
            if (str(move.source), str(target)) in machine.edges()
        }
    )
    who = {(m.verb, str(m.source), str(m.target)): m.who for m in machine.TRANSITIONS}
    lines = [_HEAD, "```mermaid", "stateDiagram-v2", "    [*] --> draft"]
    lines += [f"    {source} --> {target}: {verb}" for source, target, verb in moves]
    lines += [f"    {state} --> [*]" for state in machine.CLOSED]
    lines += ["```", "", "| from | verb | to | who |", "|---|---|---|---|"]
    lines += [
        f"| {source} | {verb} | {target} | {who[(verb, source, target)]} |"
        for source, target, verb in moves
        if (verb, source, target) in who
    ]
    lines += ["", "| state | in words |", "|---|---|"]
    lines += [f"| {state.value} | {state.label} |" for state in State]
    return "\n".join(lines) + "\n"


def _targets(move) -> list:
    """Return where a transition leads: one state, or those that its method may name."""
    allowed = getattr(move.target, "allowed_states", None)
    return list(allowed) if allowed else [move.target]
