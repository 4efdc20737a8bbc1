"""How long what is kept, as one table, and the daily run that carries it out."""

from support.services.retention.run import Result, run
from support.services.retention.schedule import SCHEDULE, Rule

__all__ = ["SCHEDULE", "Result", "Rule", "run"]
