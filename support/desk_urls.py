"""Addresses of the desk, under /desk/ in support's namespace."""

from django.urls import include, path

from support.views import (
    alerts,
    audit,
    behalf,
    bulk,
    closing,
    decisions,
    disputes,
    items,
    notes,
    people,
    policies,
    privacy,
    queue,
    replies,
    reports,
    safety,
    search,
)
from support.views import desk as views
from support.views.verbs import VERBS

TICKET = "tickets/<slug:request_code>/"

urlpatterns = [
    path("", queue.queue, name="desk"),
    path("take", queue.take, name="desk-take"),
    path("replies/", replies.replies, name="desk-replies"),
    path("replies/edit/", replies.edit, name="desk-reply"),
    path("phone/", behalf.phone, name="desk-phone"),
    path("keys/", replies.keys, name="desk-keys"),
    path("undo", decisions.undo, name="desk-undo"),
    path("here", queue.here, name="desk-here"),
    path("search/", search.search, name="desk-search"),
    path("bulk/", bulk.bulk, name="desk-bulk"),
    path("bulk/done/", bulk.done, name="desk-bulk-done"),
    path("people/", people.index, name="people"),
    path("people/propose", people.propose, name="people-propose"),
    path("people/changes/<uuid:uid>/<slug:verb>", people.decide, name="people-decide"),
    path("people/<uuid:uid>/end/<slug:role>", people.end, name="people-end"),
    path(TICKET, views.ticket, name="desk-ticket"),
    path(f"{TICKET}here", queue.ticket_here, name="desk-ticket-here"),
    path(f"{TICKET}pick", queue.pick, name="desk-pick"),
    path(f"{TICKET}write", notes.write, name="desk-write"),
    *(
        path(f"{TICKET}{name}", decisions.view_of(name), name=f"desk-{name}")
        for name in VERBS
        if name != notes.WRITE.name
    ),
    path(f"{TICKET}proof", closing.prove, name="desk-proof"),
    path("proof/<uuid:uid>/picture/", closing.picture, name="desk-proof-picture"),
    path("items/<uuid:uid>/", items.item, name="desk-item"),
    path("items/<uuid:uid>/uncover", items.uncover, name="desk-uncover"),
    path("items/<uuid:uid>/accept", decisions.accept_item, name="desk-accept"),
    path("items/<uuid:uid>/return", decisions.return_item, name="desk-return"),
    path("disputes/<uuid:uid>/", disputes.dispute, name="desk-dispute"),
    path("stops/", disputes.stops, name="desk-stops"),
    path("stops/<uuid:uid>/confirm", disputes.confirm_stop, name="desk-confirm-stop"),
    path("undelivered/", disputes.undelivered, name="desk-undelivered"),
    path("audit/", audit.index, name="audit"),
    path("audit/table.csv", audit.table, name="audit-csv"),
    path("alerts/", alerts.index, name="alerts"),
    path("alerts/<uuid:uid>/acknowledge", alerts.acknowledge, name="alert-acknowledge"),
    path("privacy/", privacy.find, name="privacy-find"),
    path("privacy/<uuid:uid>/", privacy.person, name="privacy"),
    path("privacy/<uuid:uid>/copy", privacy.copy, name="privacy-copy"),
    path("privacy/<uuid:uid>/erase", privacy.erase, name="privacy-erase"),
    path("privacy/<uuid:uid>/cancel", privacy.cancel, name="privacy-cancel"),
    path("freezes/", safety.freezes, name="desk-freezes"),
    path("freezes/<uuid:uid>/lift", safety.lift, name="desk-lift"),
    path("freezes/<uuid:uid>/review", safety.review, name="desk-review"),
    path("freezes/<uuid:uid>/confirm", safety.confirm, name="desk-confirm-freeze"),
    path("reports/", reports.reports, name="reports"),
    path("reports/<slug:name>.csv", reports.table, name="report-table"),
    path("policies/", policies.versions, name="policies"),
    path("policies/new/", policies.new, name="policy-new"),
    path("policies/move", policies.move, name="policy-move"),
    path("policies/<int:version>/", policies.version, name="policy"),
    path("policies/<int:version>/change/", policies.change, name="policy-change"),
    path("policies/<int:version>/publish", policies.publish, name="policy-publish"),
    path("policies/<int:version>/discard", policies.discard, name="policy-discard"),
]
desk = [path("desk/", include(urlpatterns))]
