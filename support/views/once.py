"""A form that was sent is carried out once, however often it arrives."""

import functools
import hashlib
import re
from collections.abc import Callable, Iterator

from django.db import connection, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from records import moment
from records.bundle import rows
from records.put_together import part
from support.models import FormKey

FIELD = "form_key"
_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")


def once(view: Callable) -> Callable:
    """Carry out a POST with a form key once; the same form again is led to the same page.

    Form and key are one transaction: a page that says what is wrong, or a refusal, leaves nothing
    behind and the form can be sent again. The same key with other contents is answered with 422.
    Not for commands that must keep something of a failed try (codes count their tries) or that
    write to the evidence store.
    """

    @functools.wraps(view)
    def answer(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        key = request.POST.get(FIELD, "") if request.method == "POST" else ""
        if not _KEY.fullmatch(key):
            return view(request, *args, **kwargs)
        return _carry_out(key, request, functools.partial(view, request, *args, **kwargs))

    return answer


@transaction.atomic
def _carry_out(key: str, request: HttpRequest, run: Callable[[], HttpResponse]) -> HttpResponse:
    fingerprint = _fingerprint(request)
    _wait_for_turn(key)
    if done := rows(part(_sent, key=key)):
        return _again(request, done[0], fingerprint)
    response = run()
    if 300 <= response.status_code < 400:
        user = request.user if request.user.is_authenticated else None
        location = response["Location"]
        FormKey.objects.create(key=key, user=user, fingerprint=fingerprint, location=location)
    else:
        transaction.set_rollback(True)
    return response


def _sent(key: str) -> QuerySet[FormKey]:
    return FormKey.objects.filter(key=key)


def _again(request: HttpRequest, done: FormKey, fingerprint: str) -> HttpResponse:
    if done.fingerprint != fingerprint:
        return render(request, "support/form_used.html", status=422)
    return redirect(done.location)


def _wait_for_turn(key: str) -> None:
    """Let the same form, sent twice at the same time, be carried out one after the other.

    Who had to wait reads the clock and who may do what anew.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 2))", [key])
        if not cursor.fetchone()[0]:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 2))", [key])
            moment.renew()


def _fingerprint(request: HttpRequest) -> str:
    """Return a hash of who sent what to which page."""
    digest = hashlib.sha256()
    for each in _parts(request):
        digest.update(f"{len(each)}:".encode() + each)
    return digest.hexdigest()


def _parts(request: HttpRequest) -> Iterator[bytes]:
    yield str(request.user.pk).encode()
    yield request.path.encode()
    for name, values in sorted(request.POST.lists()):
        if name not in (FIELD, "csrfmiddlewaretoken"):
            yield name.encode()
            yield from (value.encode() for value in values)
