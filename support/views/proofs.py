"""The page where the code from the mail is typed before a yes counts."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts import codes, network, sessions, throttles
from accounts.forms import CodeForm
from accounts.models import Code
from support.views import visits
from support.views.pages import form_page, typed
from support.views.visits import Visit


def mail_code(visit: Visit, *, email: str, purpose: str) -> None:
    """Mail a code for this link to the address on record."""
    throttles.spend(throttles.CODES_BY_NETWORK, network.address_of(visit.request))
    throttles.spend(throttles.CODES_IN_ALL, throttles.EVERYBODY)
    codes.request(
        email=email,
        purpose=purpose,
        browser=sessions.browser(visit.request),
        subject=str(visit.link.uid),
        language=get_language(),
    )


def ask(visit: Visit, *, email: str, purpose: str, then: str, back: str) -> HttpResponse:
    """Take the code; with the right one go on to ``then``. Tries count even when it is wrong."""
    request = visit.request
    if request.method == "POST" and "resend" in request.POST:
        mail_code(visit, email=email, purpose=purpose)
        messages.info(request, _("A new code is on its way to the address on record."))
        return redirect(request.path)
    form = CodeForm(typed(request))
    if visit.proved or (form.is_valid() and _is_right(visit, form, email, purpose)):
        return redirect(then)
    return form_page(request, "support/proof.html", form, back=back)


def _is_right(visit: Visit, form: CodeForm, email: str, purpose: str) -> bool:
    browser, subject = sessions.browser(visit.request), str(visit.link.uid)
    digits = form.cleaned_data["digits"]
    throttles.spend(throttles.TRIES_BY_NETWORK, network.address_of(visit.request))
    try:
        code = codes.check(
            email=email, purpose=purpose, browser=browser, digits=digits, subject=subject
        )
    except ValidationError as error:
        form.add_error("digits", error)
        return False
    if purpose == Code.Purpose.OFFER:
        visit = _sign_in(visit, code)
    visit.prove()
    return True


def _sign_in(visit: Visit, code: Code) -> Visit:
    """The receiver has proved the address of an account: that is a sign-in, with a new session."""
    said = visit.said
    sessions.sign_in(visit.request, code)
    visit = visits.begin(visit.request, visit.link)
    visit.say(**said)
    return visit
