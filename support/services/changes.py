"""A contact's own way to say no to a change of what is on record: by the link in its mail."""

from django.conf import settings
from django.core.signing import BadSignature, Signer

from accounts.models import User
from chargers.models import Proposal
from chargers.services import proposals
from records.access import saw

SALT = "support.change"


def token(proposal_uid: str) -> str:
    """Return the signed text that stands for a proposal in the notice to the old contact."""
    return _signer().sign(str(proposal_uid)).replace(":", ".")


def named_by(token: str) -> Proposal | None:
    """Return the proposal that a token stands for; None for one that we have not signed."""
    name, _sep, signature = token.partition(".")
    try:
        return Proposal.objects.filter(uid=_signer().unsign(f"{name}:{signature}")).first()
    except BadSignature:
        return None


def object_to(*, proposal: Proposal, by: User | None) -> Proposal:
    """Stop the change: one word is enough, and needs no code. Said twice, it counts once."""
    return proposals.object_to(proposal=proposal, by=by)


def member_hint(proposal: Proposal) -> str:
    """Return the first sign and the domain of a proposed member's address; "" for other kinds."""
    if proposal.kind != Proposal.Kind.FIRM_MEMBER or "email" not in proposal.new:
        return ""
    name, _at, domain = proposal.new["email"].partition("@")
    return f"{name[:1]}…@{domain}"


def seen(proposal: Proposal) -> None:
    """Put on record that its page was opened by the link."""
    saw(actor=None, what="change", subject=f"proposal:{proposal.uid}", by_link="change")


def _signer() -> Signer:
    newest, *others = settings.LINK_KEYS
    return Signer(key=newest, fallback_keys=others, salt=SALT, sep=":")
