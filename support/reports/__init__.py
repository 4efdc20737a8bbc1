"""The desk's reports, as a table: a new one is a line here and a function that makes its rows."""

from django.utils.translation import gettext_lazy as _

from support.machine import State
from support.models import Helped, Letter, ServiceLevel, Ticket
from support.reports import evidence, reach, stops, tickets, work
from support.reports.shape import COUNT, HOURS, PERCENT, SECONDS, TEXT, Column, Report
from support.rules import EvidenceKind
from support.services.kinds import REASONS

_KINDS = dict(EvidenceKind.choices)
_REASONS = {code: words[0] for code, words in REASONS.items()}

REPORTS: dict[str, Report] = {
    report.name: report
    for report in (
        Report(
            "time-to-pin",
            _("Time to the PIN"),
            _("From sending a request to its release, by country and route."),
            (
                Column(_("Country"), TEXT),
                Column(_("Route"), TEXT, dict(Ticket.Kind.choices)),
                Column(_("Released")),
                Column(_("Median"), HOURS),
                Column(_("90th percentile"), HOURS),
            ),
            tickets.time_to_pin,
            drawn=3,
        ),
        Report(
            "helped",
            _("Helped without a request"),
            _("People who said on our pages that they needed none; nobody is named or known."),
            (
                Column(_("How"), TEXT, dict(Helped.Way.choices)),
                Column(_("People")),
            ),
            tickets.helped,
            drawn=1,
        ),
        Report(
            "backlog",
            _("Backlog and its age"),
            _("What is open now, by state and by days since it was sent."),
            (
                Column(_("State"), TEXT, dict(State.choices)),
                Column(_("Open")),
                Column(_("Under 1 day")),
                Column(_("1 to 3")),
                Column(_("3 to 7")),
                Column(_("7 to 14")),
                Column(_("Over 14")),
                Column(_("Overdue at the desk")),
            ),
            tickets.backlog,
            drawn=1,
        ),
        Report(
            "service-levels",
            _("Service levels"),
            _("What the desk owed and whether it was in time, in working hours."),
            (
                Column(_("Duty"), TEXT, dict(ServiceLevel.Duty.choices)),
                Column(_("Ended")),
                Column(_("In time"), PERCENT),
                Column(_("Mean working time"), HOURS),
                Column(_("Running now")),
                Column(_("Overdue now")),
            ),
            tickets.service_levels,
            drawn=2,
        ),
        Report(
            "first-time-right",
            _("Right the first time"),
            _("First files that were accepted, by kind."),
            (
                Column(_("Evidence"), TEXT, _KINDS),
                Column(_("Decided")),
                Column(_("Accepted"), PERCENT),
            ),
            evidence.first_time_right,
            drawn=2,
        ),
        Report(
            "returned",
            _("Why evidence was returned"),
            _("Reasons, the most frequent first."),
            (
                Column(_("Reason"), TEXT, _REASONS),
                Column(_("Evidence"), TEXT, _KINDS),
                Column(_("Returned")),
            ),
            evidence.returned,
            drawn=2,
        ),
        Report(
            "agents",
            _("Work by agent"),
            _("Decisions, and how long after opening the ticket. Nobody reads it in 8 seconds."),
            (
                Column(_("Agent"), TEXT),
                Column(_("Decisions")),
                Column(_("Approved")),
                Column(_("Rejected")),
                Column(_("Median"), SECONDS),
                Column(_("Under 8 seconds")),
            ),
            work.agents,
            drawn=1,
            of_people=True,
        ),
        Report(
            "catch-rate",
            _("Training tickets and catch rate"),
            _("Planted forgeries, decided like any other ticket. At least 90 % are to be caught."),
            (
                Column(_("Agent"), TEXT),
                Column(_("Decided")),
                Column(_("Caught")),
                Column(_("Approved")),
                Column(_("Caught"), PERCENT),
            ),
            work.catch,
            drawn=4,
            of_people=True,
        ),
        Report(
            "disputes",
            _("Disputes and their outcome"),
            _("Opened and closed in the period, the verdicts, and how long they took."),
            (
                Column(_("Opened")),
                Column(_("Closed")),
                Column(_("Objection upheld")),
                Column(_("Dismissed")),
                Column(_("Median to close"), HOURS),
            ),
            stops.disputes,
        ),
        Report(
            "after-release",
            _("Objections after release, wrong grants"),
            _("Hand-overs of the period that were contested since; restored ones were wrong."),
            (
                Column(_("Country"), TEXT),
                Column(_("Handed over")),
                Column(_("Contested")),
                Column(_("Contested"), PERCENT),
                Column(_("Still open")),
                Column(_("Wrong grants")),
            ),
            stops.after_release,
            drawn=2,
        ),
        Report(
            "notices",
            _("Mails sent and arrived"),
            _("By kind; arrived means accepted by a mail server and not returned."),
            (
                Column(_("Mail"), TEXT),
                Column(_("Sent"), COUNT),
                Column(_("Arrived")),
                Column(_("Failed")),
                Column(_("Returned")),
                Column(_("Arrived"), PERCENT),
            ),
            reach.notices,
            drawn=1,
        ),
        Report(
            "letters",
            _("Letters printed and entered"),
            _("Codes entered by those who live there; stop codes used by those who object."),
            (
                Column(_("To"), TEXT, dict(Letter.To.choices)),
                Column(_("Made")),
                Column(_("Printed")),
                Column(_("Code entered")),
                Column(_("Stopped")),
                Column(_("Entered"), PERCENT),
            ),
            reach.letters,
            drawn=3,
        ),
    )
}
