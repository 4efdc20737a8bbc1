"""Addresses of support's pages: the public ones here, the desk's in desk_urls.py.

Two are named elsewhere: the start page, and the lists of chargers.
"""

from django.urls import include, path

from support.views import (
    answers,
    changes,
    claims,
    danger,
    establishing,
    files,
    firms,
    links,
    offers,
    privacy,
    start,
    stops,
    tickets,
    turns,
)

REQUEST = "requests/<slug:request_code>"
app_name = "support"

urlpatterns = [
    path("desk/", include("support.desk_urls")),
    path("requests/", tickets.mine, name="tickets"),
    path("requests/new/", claims.new, name="new"),
    path("advice/", claims.advice, name="advice"),
    path("turn/<str:token>/", turns.turn, name="turn"),
    path("helped/", start.helped, name="helped"),
    path(f"{REQUEST}/", tickets.ticket, name="ticket"),
    path(f"{REQUEST}/serial/", claims.question, {"step": "serial"}, name="claim-serial"),
    path(f"{REQUEST}/place/", claims.question, {"step": "place"}, name="claim-place"),
    path(f"{REQUEST}/situation/", claims.question, {"step": "situation"}, name="claim-situation"),
    path(f"{REQUEST}/evidence/", claims.evidence, name="claim-evidence"),
    path(f"{REQUEST}/check/", claims.check, name="claim-check"),
    path(f"{REQUEST}/sent/", claims.sent, name="claim-sent"),
    path(f"{REQUEST}/upload/", files.upload, name="upload"),
    path(f"{REQUEST}/message/", tickets.message, name="message"),
    path(f"{REQUEST}/letter/", tickets.letter_code, name="letter-code"),
    path(f"{REQUEST}/correct/<slug:kind>/", tickets.correct, name="correct"),
    path(f"{REQUEST}/withdraw/", tickets.withdraw, name="withdraw"),
    path(f"{REQUEST}/appeal/", tickets.appeal, name="appeal"),
    path("evidence/<uuid:uid>/", files.evidence, name="evidence"),
    path("evidence/<uuid:uid>/picture/", files.picture, name="picture"),
    path("l/<str:token>/", links.open_link, name="link"),
    path("leave/", links.leave, name="leave"),
    path("answer/<uuid:uid>/", answers.answer, name="answer"),
    path("answer/<uuid:uid>/code/", answers.answer_code, name="answer-code"),
    path("answer/<uuid:uid>/confirm/", answers.answer_confirm, name="answer-confirm"),
    path("answer/<uuid:uid>/done/", answers.answer_done, name="answer-done"),
    path("answer/<uuid:uid>/contest/", answers.contest, name="contest"),
    path("installer/<uuid:uid>/", firms.answer, name="firm-answer"),
    path("installer/<uuid:uid>/code/", firms.answer_code, name="firm-code"),
    path("installer/<uuid:uid>/confirm/", firms.answer_confirm, name="firm-confirm"),
    path("installer/<uuid:uid>/object/", firms.object_, name="firm-object"),
    path("installer/<uuid:uid>/done/", firms.answer_done, name="firm-done"),
    path("offers/", offers.mine, name="offers"),
    path("offers/<slug:request_code>/", offers.own, name="offer-own"),
    path("offers/<slug:request_code>/cancel/", offers.cancel, name="offer-cancel"),
    path("hand-over/<uuid:uid>/", offers.new, name="offer-new"),
    path("offer/<uuid:uid>/", offers.offer, name="offer"),
    path("offer/<uuid:uid>/code/", offers.offer_code, name="offer-code"),
    path("offer/<uuid:uid>/confirm/", offers.offer_confirm, name="offer-confirm"),
    path("offer/<uuid:uid>/decline/", offers.decline, name="offer-decline"),
    path("stop/", stops.stop, name="stop"),
    path("stop/done/", stops.stopped, name="stopped"),
    path("safety/", danger.danger, name="danger"),
    path("safety/done/", danger.done, name="danger-done"),
    path("change/<str:token>/", changes.open_link, name="change-link"),
    path("changes/<uuid:uid>/", changes.change, name="change"),
    path("chargers/<uuid:uid>/letter/", establishing.code, name="establish-code"),
    path("me/data/", privacy.own_data, name="own-data"),
    path("me/data/<uuid:uid>/", privacy.fetch, name="copy-fetch"),
]
