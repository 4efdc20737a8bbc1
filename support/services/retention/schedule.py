"""The retention schedule (GDPR Art. 5(1)(e)): what is kept, why, how long, from when, what then.

One table; ``manage.py retention`` carries it out and docs/privacy.md is made from it. Lengths are
of trust.md T-40; a decision is kept as long as claims about it can be raised.
"""

from dataclasses import dataclass
from datetime import timedelta

from support.services.retention import acts, due_rows
from support.services.retention.work import Rows, Things, Work, delete, empty

DAY, MONTH = timedelta(days=1), timedelta(days=30.5)
CLAIMS = 36 * MONTH


@dataclass(frozen=True)
class Rule:
    """One class of data. Without ``work`` it stays; ``real_time`` counts by the sessions' clock."""

    name: str
    what: str
    why: str
    keep: timedelta | None
    since: str
    then: str
    work: Work | None = None
    real_time: bool = False

    @property
    def how_long(self) -> str:
        """Return the length in words."""
        if self.keep is None:
            return "for the charger's life"
        if not self.keep:
            return "until then"
        months = round(self.keep / MONTH)
        days = self.keep.days
        return f"{months} months" if months >= 6 else f"{days} day{'s' if days > 1 else ''}"


_LAW = "Art. 6(1)(f): to find abuse and to answer questions of sign-in"
_CLAIMS = "Art. 17(3)(e): to defend the decision against claims"
_WORK = "Art. 6(1)(b): to carry out what was asked"

SCHEDULE = (
    Rule("codes", "Mailed codes: address, hash of the browser's secret; the digits are in no table",
         _LAW, 30 * DAY, "when it was made", "deleted", Rows(due_rows.codes, delete), True),
    Rule("sessions", "Sessions of browsers", _WORK, timedelta(), "their end",
         "deleted", Rows(due_rows.sessions, delete), True),
    Rule("failed tries", "Wrong passwords and second factors: hashes of mail and network addresses",
         _LAW, DAY, "the try", "deleted", Rows(due_rows.failed_proofs, delete), True),
    Rule("limits", "Uses that limits count: hashes of people, networks and serial numbers", _LAW,
         DAY, "the use", "deleted", Rows(due_rows.throttles, delete), True),
    Rule("undos", "What the desk could still take back: ids, codes, dates", _WORK, 7 * DAY,
         "its ten seconds", "deleted", Rows(due_rows.undos, delete)),
    Rule("form keys", "Keys by which a form that was sent twice is carried out once", _WORK,
         7 * DAY, "when it was sent", "deleted", Rows(due_rows.form_keys, delete), True),
    Rule("drafts", "Requests that were begun and never sent: all that was typed", _WORK,
         30 * DAY, "when it ran out or was withdrawn", "emptied",
         Rows(due_rows.drafts, acts.forget_draft)),
    Rule("returned files", "Files that were given back, set aside or replaced: sealed original, "
         "pictures, what was read", _WORK, 7 * DAY, "when it was given back or replaced",
         "erased; kind, state and hash stay", Rows(due_rows.returned_files, acts.erase_files)),
    Rule("files", "Photos and documents: the sealed original, its pictures, what was read; "
         "files of internal notes; pictures of the maker's side", _CLAIMS,
         30 * DAY, "the end of the time for an appeal (30 days) or a contest (90 days)",
         "erased, and the request's data key destroyed; what they were seen to show stays",
         Rows(due_rows.files, acts.erase_files)),
    Rule("links", "Links in mails: whose they are and for which charger", _WORK, 30 * DAY,
         "its end, or when it was taken back", "deleted", Rows(due_rows.links, acts.delete_links)),
    Rule("firms' customers", "Whom a firm named as its customer, before they asked: the person, a "
         "keyed hash of the surname", _WORK, 30 * DAY, "the end of its 90 days",
         "deleted; that somebody was named stays", Rows(due_rows.named_customers, delete)),
    Rule("outbox", "Effects that were carried out (mails, letters, checks): ids only", _WORK,
         90 * DAY, "when it was done", "deleted", Rows(due_rows.effects, delete)),
    Rule("import rows", "Rows of a registry file that were not taken: line, field, why", _WORK,
         12 * MONTH, "the import", "deleted", Rows(due_rows.import_rows, delete)),
    Rule("print files", "Letters as printed: addresses and codes", _WORK, 30 * DAY, "the print",
         "deleted", Things(acts.print_days, acts.drop_print_day)),
    Rule("copies", "A person's copy of their data, put together for them", _WORK, timedelta(),
         "7 days after it was asked for", "deleted from the store",
         Things(acts.old_copies, acts.remove_copy)),
    Rule("requests", "The claim: name, address; messages, reasons, notes; whom we wrote to",
         _CLAIMS, CLAIMS, "the end of the time for an appeal (30 days) or a contest (90 days)",
         "emptied; states, classes and decisions stay under a pseudonym, the chain still verifies",
         Rows(due_rows.requests, acts.forget)),
    Rule("notices", "Addresses of mails that belong to no request (a PIN was shown, a proposal)",
         _CLAIMS, CLAIMS, "when it was made", "emptied",
         Rows(due_rows.notices, empty(email=""))),
    Rule("other notes", "Notes on chargers, letters, people", _CLAIMS, CLAIMS, "its writing",
         "destroyed with its salt; the event keeps its hash",
         Rows(due_rows.notes, acts.erase_notes)),
    Rule("freezes", "Why a safety officer lifted a charger's freeze", _CLAIMS, CLAIMS,
         "when it was lifted", "emptied", Rows(due_rows.freezes, empty(reason="erased"))),
    Rule("proposals", "Changes of owners and contacts that were proposed: old and new", _CLAIMS,
         CLAIMS, "when it was closed", "emptied", Rows(due_rows.proposals, empty(old={}, new={}))),
    Rule("shares", "To whom an owner showed a PIN: name and address", _CLAIMS, CLAIMS,
         "the share's end", "emptied; that there was a share stays",
         Rows(due_rows.shares, empty(to_name="", to_email=""))),
    Rule("service jobs", "The job that a service person named before a look at a PIN", _CLAIMS,
         CLAIMS, "the look", "emptied; the look stays", Rows(due_rows.jobs, empty(job=""))),
    Rule("old contacts", "Contact points that were replaced", _CLAIMS, CLAIMS,
         "when it was replaced", "deleted", Rows(due_rows.contacts, delete)),
    Rule("reads", "Who of the staff, or through which link, looked at what",
         "Art. 33: who saw what, after a breach", CLAIMS, "the month of the read",
         "the whole month is dropped", Things(acts.read_months, acts.drop_month)),
    Rule("people", "Name, address and contacts of a person who holds nothing here any more",
         _CLAIMS, CLAIMS, "the end of their last right, part or visit; all their requests emptied",
         "erased as on request; a pseudonym stays in the exposure register",
         Things(acts.old_people, acts.erase_old)),
    Rule("exposure register", "Who could see a charger's PIN, and who did: as pseudonyms, once the "
         "person is erased", "Art. 6(1)(f): a PIN can never be changed", None, "-", "stays"),
    Rule("registry", "Chargers, their places, who owns them; sealed PINs",
         "Art. 6(1)(b): what the maker entrusts to this desk", None, "-", "stays"),
    Rule("events", "What happened: ids, codes and numbers, chained; no names",
         "Art. 5(2): accountability", None, "-", "stays"),
)  # fmt: skip
