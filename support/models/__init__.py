"""How it is decided: tickets, evidence, answers, approvals, disputes, notices, deadlines."""

from support.models.answer import Answer, FirmAnswer
from support.models.approval import Approval, Contest, ContestVote, Decision
from support.models.closing import Certificate, ClosingStep
from support.models.deadline import Deadline, FormKey
from support.models.desk import DeskSettings, Mention, Presence, Reply, TicketWords, Undo
from support.models.dispute import Dispute, Freeze
from support.models.evidence import EvidenceItem
from support.models.firm import NamedCustomer
from support.models.helped import Helped
from support.models.leaving import LeavingTick
from support.models.notice import Letter, Link, Message, Notice
from support.models.picture import (
    EvidenceKey,
    LooseFile,
    Opening,
    Picture,
    Reuse,
    Uncovering,
)
from support.models.policy import Policy
from support.models.privacy import Copy, Erasure
from support.models.question import Question
from support.models.report import ReportTable
from support.models.service_level import ServiceLevel
from support.models.ticket import Ticket
from support.models.ticket_rows import Stale
from support.models.training import TrainingCase

__all__ = [
    "Answer",
    "Approval",
    "Certificate",
    "ClosingStep",
    "Contest",
    "ContestVote",
    "Copy",
    "Deadline",
    "Decision",
    "DeskSettings",
    "Dispute",
    "Erasure",
    "EvidenceItem",
    "EvidenceKey",
    "FirmAnswer",
    "FormKey",
    "Freeze",
    "Helped",
    "LeavingTick",
    "Letter",
    "Link",
    "LooseFile",
    "Mention",
    "Message",
    "NamedCustomer",
    "Notice",
    "Opening",
    "Picture",
    "Policy",
    "Presence",
    "Reply",
    "Question",
    "ReportTable",
    "Reuse",
    "ServiceLevel",
    "Stale",
    "Ticket",
    "TicketWords",
    "TrainingCase",
    "Uncovering",
    "Undo",
]
