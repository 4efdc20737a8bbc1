"""The transfer certificate: for its owner as PDF; for anybody who holds it, is it genuine?"""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import network, throttles
from support import certificate_page
from support.closing_forms import CertificateForm
from support.models import Certificate
from support.services import certificates
from support.views.pages import GET_OR_POST, form_page, own_ticket, typed


@login_required
@require_safe
@never_cache
def own(request: HttpRequest, request_code: str) -> HttpResponse:
    """Give the claimant the certificate of their hand-over, in the language of the page."""
    ticket = own_ticket(request.user, request_code)
    found = Certificate.objects.filter(ticket=ticket).first()
    if found is None or not certificates.holds(found):
        raise Http404
    found.ticket = ticket
    page = settings.BASE_URL + reverse("support:certificate")
    pdf = certificate_page.pdf_of(
        found,
        code=certificates.in_groups(found.code),
        address=settings.BASE_URL + reverse("support:certificate-code", args=[found.code]),
        page=page,
    )
    response = HttpResponse(pdf, content_type="application/pdf")
    name = f"certificate-{found.reference}.pdf"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_http_methods(GET_OR_POST)
@never_cache
def check(request: HttpRequest) -> HttpResponse:
    """Take the code of a certificate, and say whether the paper is genuine."""
    form = CertificateForm(typed(request))
    if form.is_valid():
        return _answer(request, form.cleaned_data["code"], form)
    return form_page(request, "support/certificate.html", form)


@require_safe
@never_cache
def by_code(request: HttpRequest, code: str) -> HttpResponse:
    """The same, for a phone that has read the code from the paper."""
    return _answer(request, code, CertificateForm())


def _answer(request: HttpRequest, code: str, form: CertificateForm) -> HttpResponse:
    throttles.spend(throttles.CERTIFICATES_BY_NETWORK, network.address_of(request))
    found = certificates.find(code=code)
    page = {"form": form, "found": found, "asked": True}
    if found:
        page |= {"holds": certificates.holds(found), "lines": certificate_page.lines(found)}
    return render(request, "support/certificate.html", page, status=200 if found else 404)
