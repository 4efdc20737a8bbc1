from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.utils import timezone

from chargers.models import Charger, Grant, Hold, Pin, Reveal, Share
from chargers.refusals import (
    ContactChanged,
    NoPin,
    NotFresh,
    Paused,
    Refused,
    TooMany,
    Unestablished,
)
from chargers.services import access, establishing, holds, shares, tenures
from records import clock
from records.models import Event, Note, OutboxRow
from tests.chargers.world import (
    PIN,
    ago,
    make_charger,
    make_contact,
    make_installation,
    make_owner,
    make_person,
    make_service,
    make_staff,
)

pytestmark = pytest.mark.django_db
JOB = "Work order 17"


@pytest.fixture
def later(monkeypatch):
    """Return a function that moves the clock of the deadlines ahead for this process."""
    real, ahead = clock.now, [timedelta(0)]

    def move(**durations):
        ahead[0] += timedelta(**durations)

    monkeypatch.setattr(clock, "now", lambda: real() + ahead[0])
    return move


def look(charger, by, *, minutes=0, job=""):
    proved_at = timezone.now() - timedelta(minutes=minutes)
    return access.reveal(charger=charger, by=by, authenticated_at=proved_at, job=job).digits()


def hold(charger, kind):
    with transaction.atomic():
        holds.place(charger=Charger.objects.lock(charger.pk), kind=kind, at=clock.now())


def lift(charger, kind):
    with transaction.atomic():
        holds.lift(charger=Charger.objects.lock(charger.pk), kind=kind, at=clock.now())


def hand_over(charger, to, origin="ticket:1"):
    with transaction.atomic():
        locked = Charger.objects.lock(charger.pk)
        return tenures.change_owner(charger=locked, to=to, at=clock.now(), origin=origin)


def make_new_owner(charger):
    make_owner(charger)
    person = make_person()
    hand_over(charger, person)
    return person


def make_tenant(charger):
    tenant = make_person()
    with transaction.atomic():
        tenures.give_use(
            charger=Charger.objects.lock(charger.pk),
            person=tenant,
            at=clock.now(),
            ends_at=ago(days=-30),
            origin="ticket:2",
        )
    return tenant


def make_former_owner(charger):
    person = make_owner(charger, ends_at=ago(days=3))
    make_owner(charger, starts_at=ago(days=3))
    return person


def make_locked_out(charger):
    person = make_owner(charger)
    person.is_active = False
    person.save()
    return person


def make_former_service(charger):
    person = make_service(charger)
    person.memberships.update(ends_at=ago(days=1))
    return person


WHO = {
    "owner": make_owner,
    "new owner": make_new_owner,
    "unestablished": lambda charger: make_owner(charger, established=False),
    "service here": make_service,
    "service of the place": lambda charger: make_service(charger.installation),
    "tenant": make_tenant,
    "former owner": make_former_owner,
    "closed account": make_locked_out,
    "left the firm": make_former_service,
    "service elsewhere": lambda charger: make_service(make_charger()),
    "agent": lambda charger: make_staff("agent"),
    "auditor": lambda charger: make_staff("auditor"),
    "superuser": lambda charger: make_person(is_superuser=True, is_staff=True),
    "stranger": lambda charger: make_person(),
}
OWNERS = {"owner", "new owner"}
SERVICE = {"service here", "service of the place"}


def expected(who, held, contact, fresh):
    """Return what a look must end in, written down apart from the code."""
    if who not in OWNERS | SERVICE | {"unestablished"}:
        return PermissionDenied
    if not fresh:
        return NotFresh
    if held and not (who in OWNERS and held in ("dispute", "freeze")):
        return Paused
    if contact == "changed 29 days ago":
        return ContactChanged
    return Unestablished if who == "unestablished" else PIN


@pytest.mark.parametrize("fresh", [True, False])
@pytest.mark.parametrize("contact", ["first", "changed 29 days ago", "changed 31 days ago"])
@pytest.mark.parametrize("held", ["", *Hold.Kind.values])
@pytest.mark.parametrize("who", WHO)
def test_who_sees_a_pin(who, held, contact, fresh):
    charger = make_charger()
    person = WHO[who](charger)
    if contact == "first":
        make_contact(person, days=2)
    else:
        make_contact(person, "before@example.com", days=300, ended=True)
        make_contact(person, days=int(contact.split()[1]))
    if held:
        hold(charger, held)
    minutes = 4.9 if fresh else 5.1

    outcome = expected(who, held, contact, fresh)
    if outcome == PIN:
        assert look(charger, person, minutes=minutes, job=JOB) == PIN
        assert Reveal.objects.get().person == person
        assert access.why_not(charger, person, clock.now()) is None
    else:
        with pytest.raises(outcome):
            look(charger, person, minutes=minutes, job=JOB)
        assert not Reveal.objects.exists()
        assert not OutboxRow.objects.filter(topic="reveal_notice").exists()
        assert outcome is NotFresh or access.why_not(charger, person, clock.now())


def test_nobody_looks_without_having_signed_in():
    charger = make_charger()
    owner = make_owner(charger)

    with pytest.raises(NotFresh):
        access.reveal(charger=charger, by=owner, authenticated_at=None)


def test_a_look_is_on_record_and_the_owner_is_told_and_neither_has_the_pin():
    charger = make_charger()
    worker = make_service(charger)
    make_owner(charger)

    look(charger, worker, job=JOB)

    reveal, event = Reveal.objects.get(), Event.objects.get(kind="pin_revealed")
    assert (reveal.tenure.role, reveal.job) == ("service_access", JOB)
    assert (event.actor, event.data["reveal"]) == (worker, str(reveal.uid))
    assert Note.objects.get(uid=event.data["note"]["uid"]).body == JOB
    assert OutboxRow.objects.get(topic="reveal_notice").payload == {"reveal_uid": str(reveal.uid)}


def test_the_plain_pin_is_in_no_table():
    pin = "CANARY7291xyz"
    charger = make_charger(pin=pin)
    owner, worker = make_owner(charger), make_service(charger)
    assert look(charger, owner) == look(charger, worker, job=JOB) == pin
    share, code = access.share(charger=charger, by=owner, to_name="A", to_email="a@example.com")
    open_it(share, code, make_person(email="a@example.com"))

    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text ILIKE %s', [f"%{pin}%"])
            assert cursor.fetchone()[0] == 0, table
            cursor.execute(
                f'SELECT count(*) FROM "{table}" t WHERE position(%s in t::text) > 0',
                [pin.encode().hex()],
            )
            assert cursor.fetchone()[0] == 0, table


def test_a_right_by_grant_is_used_as_a_grant():
    charger = make_charger()
    look(charger, make_new_owner(charger))

    assert Reveal.objects.get().grant == Grant.objects.get()


def test_a_second_look_within_five_minutes_is_the_same_look(later):
    charger = make_charger()
    owner = make_owner(charger)

    look(charger, owner)
    later(minutes=4, seconds=50)
    look(charger, owner)
    assert Reveal.objects.count() == 1
    assert OutboxRow.objects.filter(topic="reveal_notice").count() == 1
    later(seconds=11)
    look(charger, owner)

    assert Reveal.objects.count() == 2


def test_the_same_look_is_refused_once_a_contest_is_open():
    charger = make_charger()
    owner = make_new_owner(charger)
    look(charger, owner)
    hold(charger, "contest")

    with pytest.raises(Paused):
        look(charger, owner)


def test_the_sixth_look_of_a_day_is_refused(later):
    charger = make_charger()
    owner = make_owner(charger)
    for _ in range(5):
        look(charger, owner)
        later(minutes=6)

    with pytest.raises(TooMany):
        look(charger, owner)
    assert "five times" in access.why_not(charger, owner, clock.now())
    later(hours=24)

    assert look(charger, owner) == PIN


def test_service_looks_at_ten_chargers_a_day(later):
    place = make_installation()
    worker = make_service(place)
    chargers = [make_charger(installation=place) for _ in range(11)]
    for charger in chargers[:10]:
        look(charger, worker, job=JOB)

    with pytest.raises(TooMany):
        look(chargers[10], worker, job=JOB)
    later(minutes=6)
    assert look(chargers[0], worker, job=JOB) == PIN
    later(hours=24)

    assert look(chargers[10], worker, job=JOB) == PIN


@pytest.mark.parametrize("job", ["", "  ", "ab", "x" * 201])
def test_service_names_its_job(job):
    charger = make_charger()
    worker = make_service(charger)

    with pytest.raises(ValidationError):
        look(charger, worker, job=job)

    assert not Reveal.objects.exists()


def test_a_firm_with_a_new_contact_waits():
    charger = make_charger()
    worker = make_service(charger)
    worker.memberships.get().firm.__class__.objects.update(contact_changed_at=ago(days=29))

    with pytest.raises(ContactChanged):
        look(charger, worker, job=JOB)


@pytest.mark.parametrize("place", [lambda charger: charger, lambda charger: charger.installation])
def test_a_hand_over_ends_service_until_the_new_owner_renews_it(place):
    charger = make_charger()
    make_owner(charger)
    worker, owner = make_service(place(charger)), make_person()
    neighbour = make_charger(installation=charger.installation)
    hand_over(charger, owner)

    with pytest.raises(PermissionDenied):
        look(charger, worker, job=JOB)
    with pytest.raises(PermissionDenied):
        tenures.renew_service(charger=charger, by=worker)
    tenures.renew_service(charger=charger, by=owner)

    assert look(charger, worker, job=JOB) == PIN
    if place(neighbour) != neighbour:
        assert look(neighbour, worker, job=JOB) == PIN
    with pytest.raises(Refused):
        tenures.renew_service(charger=charger, by=owner)


def test_a_file_does_not_bring_service_back_after_a_hand_over():
    charger = make_charger()
    make_owner(charger)
    hand_over(charger, make_person())
    worker = make_service(charger.installation, days=0)

    with pytest.raises(PermissionDenied):
        look(charger, worker, job=JOB)


def test_without_a_pin_the_page_says_where_the_maker_shows_it():
    charger = make_charger(pin=None)
    owner = make_owner(charger)

    with pytest.raises(NoPin, match="maker's app"):
        look(charger, owner)

    assert not Reveal.objects.exists()


def test_a_pin_moved_to_another_charger_is_not_shown_and_no_look_is_kept():
    mine, theirs = make_charger(pin="1111"), make_charger(pin="2222")
    owner = make_owner(mine)
    Pin.objects.filter(charger=mine).update(ciphertext=theirs.pin.ciphertext)

    with pytest.raises(Exception, match="(?i)decrypt|failed|invalid"):
        look(mine, owner)

    assert not Reveal.objects.exists()


# --- Owners known only from an import ---


def test_an_owner_from_an_import_looks_72_hours_after_the_notice(later):
    charger = make_charger()
    owner = make_owner(charger, established=False)

    tenure = access.begin_establishing(charger=charger, by=owner)
    again = access.begin_establishing(charger=charger, by=owner)
    assert tenure.establishing_since == again.establishing_since
    notice = OutboxRow.objects.get(topic="establish_notice")
    assert notice.payload == {"tenure_uid": str(tenure.uid)}
    later(hours=71, minutes=59)
    with pytest.raises(Unestablished):
        look(charger, owner)
    later(minutes=1)

    assert look(charger, owner) == PIN
    assert charger.owner_tenure(clock.now()).established
    assert Event.objects.filter(kind="owner_established").count() == 1


@pytest.mark.parametrize("kind", Hold.Kind.values)
def test_a_hold_stops_establishing_and_its_end_starts_the_72_hours_anew(kind, later):
    charger = make_charger()
    owner = make_owner(charger, established=False)
    access.begin_establishing(charger=charger, by=owner)
    later(hours=70)
    hold(charger, kind)
    later(hours=10)
    with pytest.raises(Paused):
        look(charger, owner)
    lift(charger, kind)
    with pytest.raises(Unestablished):
        look(charger, owner)
    later(hours=73)

    assert look(charger, owner) == PIN


def test_a_notice_that_reached_nobody_starts_over(later):
    charger = make_charger()
    owner = make_owner(charger, established=False)
    access.begin_establishing(charger=charger, by=owner)
    with transaction.atomic():
        locked = Charger.objects.lock(charger.pk)
        establishing.stop_establishing(charger=locked, at=clock.now(), reason="bounced")
    later(hours=100)

    with pytest.raises(Unestablished):
        look(charger, owner)
    access.begin_establishing(charger=charger, by=owner)

    assert OutboxRow.objects.filter(topic="establish_notice").count() == 2


def test_only_the_owner_begins_and_not_under_a_hold_or_with_a_new_contact():
    charger = make_charger()
    owner = make_owner(charger, established=False)
    with pytest.raises(PermissionDenied):
        access.begin_establishing(charger=charger, by=make_person())
    hold(charger, "dispute")
    with pytest.raises(Paused):
        access.begin_establishing(charger=charger, by=owner)
    lift(charger, "dispute")
    make_contact(owner, "before@example.com", days=300, ended=True)
    make_contact(owner, days=5)
    with pytest.raises(ContactChanged):
        access.begin_establishing(charger=charger, by=owner)

    assert not OutboxRow.objects.filter(topic="establish_notice").exists()


def test_a_letter_code_establishes_at_once():
    charger = make_charger()
    owner = make_owner(charger, established=False)
    with transaction.atomic():
        access.establish(
            charger=Charger.objects.lock(charger.pk), at=clock.now(), origin="letter:1"
        )

    assert look(charger, owner) == PIN


# --- Shares ---


def share(charger, by, email="guest@example.com"):
    return access.share(charger=charger, by=by, to_name="Gjest Gjestesen", to_email=email)


def open_it(share, code, by, *, minutes=0):
    proved_at = timezone.now() - timedelta(minutes=minutes)
    pin = access.open_share(share=share, code=code, by=by, authenticated_at=proved_at)
    return pin.digits()


def test_a_share_opens_once_to_the_named_person_with_the_code():
    charger = make_charger()
    owner, guest = make_owner(charger), make_person(email="guest@example.com")
    made, code = share(charger, owner, "Guest@Example.com ")

    assert open_it(made, f" {code.lower().replace('-', ' ')} ", guest) == PIN
    with pytest.raises(Refused, match="once only"):
        open_it(made, code, guest)

    assert Reveal.objects.get().share == made
    kinds = Event.objects.filter(stream=charger.stream).order_by("number")
    assert [e.kind for e in kinds] == ["share_made", "share_opened", "pin_revealed"]
    assert OutboxRow.objects.filter(topic="reveal_notice").count() == 1


def test_the_code_is_kept_nowhere():
    charger = make_charger()
    made, code = share(charger, make_owner(charger))

    rows = Share.objects.filter(pk=made.pk).values().get()
    for secret in (code, code.replace("-", "")):
        assert all(secret not in str(value) for value in rows.values())
    assert len(code.replace("-", "")) == 10


def test_five_wrong_codes_end_a_share():
    charger = make_charger()
    guest = make_person(email="guest@example.com")
    made, code = share(charger, make_owner(charger))

    for left in (4, 3, 2, 1):
        with pytest.raises(ValidationError, match=f"{left} more"):
            open_it(made, "AAAAA-AAAAA", guest)
    with pytest.raises(ValidationError, match="ended it"):
        open_it(made, "AAAAA-AAAAA", guest)
    with pytest.raises(Refused):
        open_it(made, code, guest)

    assert Share.objects.get().tries == 5
    assert not Reveal.objects.exists()


def test_a_share_opens_to_nobody_else_and_not_by_an_old_sign_in():
    charger = make_charger()
    owner, guest = make_owner(charger), make_person(email="guest@example.com")
    made, code = share(charger, owner)

    for other in (owner, make_person(), make_staff("senior")):
        with pytest.raises(PermissionDenied):
            open_it(made, code, other)
    with pytest.raises(NotFresh):
        open_it(made, code, guest, minutes=6)

    assert Share.objects.get().tries == 0


@pytest.mark.parametrize("kind", Hold.Kind.values)
def test_a_share_neither_begins_nor_opens_under_a_hold(kind):
    charger = make_charger()
    owner, guest = make_owner(charger), make_person(email="guest@example.com")
    made, code = share(charger, owner)
    hold(charger, kind)

    with pytest.raises(Paused):
        open_it(made, code, guest)
    with pytest.raises(Paused):
        share(charger, owner, "other@example.com")
    lift(charger, kind)

    assert open_it(made, code, guest) == PIN


def test_a_share_lasts_72_hours(later):
    charger = make_charger()
    guest = make_person(email="guest@example.com")
    made, code = share(charger, make_owner(charger))
    later(hours=72)

    with pytest.raises(Refused, match="72 hours"):
        open_it(made, code, guest)


def test_the_owner_takes_a_share_back_until_it_is_opened():
    charger = make_charger()
    owner, guest = make_owner(charger), make_person(email="guest@example.com")
    made, code = share(charger, owner)

    with pytest.raises(PermissionDenied):
        access.cancel_share(share=made, by=guest)
    access.cancel_share(share=made, by=owner)
    access.cancel_share(share=made, by=owner)
    with pytest.raises(Refused, match="taken it back"):
        open_it(made, code, guest)
    opened, code = share(charger, owner)
    open_it(opened, code, guest)
    with pytest.raises(Refused):
        access.cancel_share(share=opened, by=owner)

    assert Event.objects.filter(kind="share_cancelled").count() == 1


def test_a_hand_over_ends_the_old_owner_s_shares():
    charger = make_charger()
    owner, guest = make_owner(charger), make_person(email="guest@example.com")
    made, code = share(charger, owner)
    hand_over(charger, make_person())

    with pytest.raises(Refused):
        open_it(made, code, guest)


def test_a_share_to_the_same_address_replaces_the_one_before():
    charger = make_charger()
    owner, guest = make_owner(charger), make_person(email="guest@example.com")
    first, first_code = share(charger, owner)
    second, second_code = share(charger, owner)

    with pytest.raises(Refused):
        open_it(first, first_code, guest)

    assert open_it(second, second_code, guest) == PIN


def test_five_shares_may_be_open_at_once():
    charger = make_charger()
    owner = make_owner(charger)
    for number in range(shares.OPEN_AT_ONCE):
        share(charger, owner, f"guest{number}@example.com")

    with pytest.raises(TooMany):
        share(charger, owner, "one-more@example.com")


@pytest.mark.parametrize(
    ("name", "email"), [("", "a@example.com"), ("A", "a"), ("A", ""), ("A", "owner@example.com")]
)
def test_a_share_names_somebody_else_with_an_address(name, email):
    charger = make_charger()
    owner = make_owner(charger, make_person(email="owner@example.com"))

    with pytest.raises(ValidationError):
        access.share(charger=charger, by=owner, to_name=name, to_email=email)


@pytest.mark.parametrize("who", [w for w in WHO if w not in OWNERS])
def test_nobody_but_an_established_owner_shares(who):
    charger = make_charger()
    person = WHO[who](charger)

    with pytest.raises((PermissionDenied, Unestablished)):
        share(charger, person)

    assert access.why_not_share(charger, person, clock.now())


def test_an_owner_with_a_new_contact_does_not_share():
    charger = make_charger()
    owner = make_owner(charger)
    make_contact(owner, "before@example.com", days=300, ended=True)
    make_contact(owner, days=29)

    with pytest.raises(ContactChanged):
        share(charger, owner)


# --- Who may know it ---


def test_the_register_counts_everyone_who_could_see_the_pin():
    charger = make_charger()
    owner, guest = make_owner(charger), make_person(email="guest@example.com")
    make_service(charger), make_service(charger.installation), make_tenant(charger)
    made, code = share(charger, owner)
    open_it(made, code, guest)
    share(charger, owner, "never-opened@example.com")
    new = make_person()
    hand_over(charger, new)
    look(charger, new)

    exposure = access.exposure(charger)

    assert exposure.count == 5  # two owners, two firms, one guest
    assert exposure.others(new) == 4
    assert [reveal.person for reveal in exposure.looks] == [guest, new]
    sentence = exposure.sentence(new)
    assert "4 people or firms" in sentence and "never be changed" in sentence
    for party in (owner, guest):
        assert party.email not in sentence and party.name not in sentence
