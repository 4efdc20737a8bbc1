"""Sending files in a real Chromium: several, one by one, from the camera, and without scripts.

With ``PICTURES=folder`` a picture of each page is kept there.
"""

import os

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from playwright.sync_api import expect

from accounts.models import Role
from support.services import checking, taking
from tests.factories import asked, make_staff, place_charger
from tests.journeys.visitor import DESKTOP, PHONE
from tests.support.desk_world import at_browser
from tests.support.label_photos import label_photo
from tests.support.public_world import url
from tests.support.sandbox import files

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
PICTURES = os.environ.get("PICTURES")
SHOWN = "img[src*='/evidence/'], image[href*='/evidence/']"
# Whatever happens to a progress bar is over in a moment: it is written down by the page itself.
WATCH = """
    window.progressSeen = 0;
    new MutationObserver(() => {
        window.progressSeen += document.querySelectorAll(".sending progress").length;
    }).observe(document, {childList: true, subtree: true});
"""


def photo(shade: int, code: str = "amber-otter-4821", **more) -> bytes:
    return label_photo(serial="ZAP123456", code=code, shade=shade, **more).read()


def file(name: str, content: bytes, kind: str = "image/jpeg") -> dict:
    return {"name": name, "mimeType": kind, "buffer": content}


@pytest.fixture
def ticket(aside):
    return aside(lambda: asked(place_charger(), items=()))


@pytest.fixture
def sending(aside, visit, ticket):
    """Return a function that brings the claimant to the page for the photo of the label."""

    def bring(device, **options):
        visitor = visit(device, **options)
        come_as(visitor, aside(lambda: at_browser(ticket.claimant, proved=False).cookies))
        if options.get("scripts", True):
            visitor.page.add_init_script(WATCH)
        visitor.open(url("upload", ticket.request_code) + "?kind=label")
        return visitor

    return bring


def come_as(visitor, cookies):
    visitor.context.add_cookies(
        [
            {"name": name, "value": morsel.value, "url": visitor.base_url}
            for name, morsel in cookies.items()
        ]
    )


def keep(visitor, name):
    """Keep a picture of the page, in light and dark."""
    for scheme in ("light", "dark") if PICTURES else ():
        visitor.page.emulate_media(color_scheme=scheme)
        width = visitor.size["width"]
        visitor.page.screenshot(path=f"{PICTURES}/{name}-{width}-{scheme}.png", full_page=True)


def kinds(ticket):
    return sorted(ticket.items.exclude(sha256="").values_list("kind", flat=True))


@pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_several_files_go_one_by_one_and_only_the_wrong_one_is_left(sending, ticket, aside, device):
    visitor = sending(device)
    keep(visitor, "upload")
    chosen = [
        file("one.jpg", photo(60)),
        file("notes.jpg", b"no photo"),
        file("two.jpg", photo(90)),
    ]
    visitor.page.get_by_label("Photo or file").set_input_files(chosen)
    visitor.page.get_by_role("button", name="Send").click()
    lines = visitor.page.locator(".sending li")
    expect(lines).to_have_count(3)
    expect(lines.nth(2)).to_have_text("two.jpg has arrived")
    expect(lines.nth(0)).to_have_text("one.jpg has arrived")
    expect(lines.nth(1)).to_contain_text("notes.jpg: We take PDF, JPEG, PNG, WebP and HEIC files")
    expect(lines.nth(1).get_by_role("button", name="Try again")).to_be_visible()
    keep(visitor, "upload-sent")

    assert visitor.page.evaluate("window.progressSeen") >= 3
    assert aside(kinds, ticket) == ["label", "label"]
    visitor.faults.clear()  # the answer that refused the one file
    with visitor.page.expect_navigation():
        visitor.page.get_by_label("Photo or file").set_input_files([file("three.jpg", photo(120))])
        visitor.page.get_by_role("button", name="Send").click()
    visitor.sees("Your request")
    assert aside(kinds, ticket) == ["label"] * 3


def test_a_photo_is_taken_with_a_phone_and_not_at_a_desk(sending, ticket, aside):
    assert not sending(DESKTOP).page.get_by_label("Or take a photo now").is_visible()
    visitor = sending(PHONE)
    camera = visitor.page.get_by_label("Or take a photo now")
    expect(camera).to_be_visible()
    assert camera.get_attribute("capture") == "environment"
    camera.set_input_files([file("IMG_1.jpg", photo(70))])
    with visitor.goes_on():
        visitor.page.get_by_role("button", name="Send").click()

    assert aside(kinds, ticket) == ["label"]


def test_a_connection_that_broke_is_told_and_the_same_file_goes_on_trying_again(
    sending, ticket, aside
):
    visitor = sending(PHONE)
    visitor.page.route("**/upload/", lambda route: route.abort())
    visitor.page.get_by_label("Photo or file").set_input_files([file("one.jpg", photo(60))])
    visitor.page.get_by_role("button", name="Send").click()
    visitor.sees("did not arrive. Check the connection and try again.")
    keep(visitor, "upload-broken")
    visitor.page.unroute("**/upload/")
    visitor.faults.clear()
    with visitor.goes_on():
        visitor.page.get_by_role("button", name="Try again").click()

    assert aside(kinds, ticket) == ["label"]


@pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_without_scripts_the_page_says_which_of_several_arrived(sending, ticket, aside, device):
    visitor = sending(device, scripts=False)
    chosen = [file("one.jpg", photo(60)), file("notes.pdf", b"no pdf", "application/pdf")]
    visitor.page.get_by_label("Photo or file").set_input_files(chosen)
    with visitor.page.expect_navigation():
        visitor.page.get_by_role("button", name="Send").click()
    visitor.sees("These have arrived; only the others are missing:")
    visitor.sees("notes.pdf: We take PDF, JPEG, PNG, WebP and HEIC files")
    keep(visitor, "upload-without-scripts")

    assert aside(kinds, ticket) == ["label"]


def checked(ticket, kind, content):
    """A file that was sent and has been opened."""
    upload = SimpleUploadedFile("x", content)
    item = taking.add_file(ticket_id=ticket.pk, by=ticket.claimant, kind=kind, upload=upload)
    checking.check_from_outbox(key="", item_uid=str(item.uid))
    return item


def stretched(visitor):
    """Return the pictures on a page that are not shown in their own proportions."""
    visitor.page.wait_for_function("[...document.images].every((image) => image.complete)")
    return visitor.page.evaluate(
        """[...document.querySelectorAll("img, svg image")]
            .filter((image) => (image.src || image.href?.baseVal || "").includes("/evidence/"))
            .map((image) => {
                const shown = image.getBoundingClientRect();
                const wide = image.naturalWidth || Number(image.getAttribute("width"));
                const high = image.naturalHeight || Number(image.getAttribute("height"));
                return [wide / high, shown.width / shown.height];
            })
            .filter(([own, shown]) => !(Math.abs(own / shown - 1) < 0.03))"""
    )


@pytest.mark.real_sandbox
@pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_pictures_are_shown_in_their_own_proportions(visit, ticket, aside, device):
    def world():
        paper = files.written("Purchase agreement", "Seller: Kari Demo", "Buyer: Nina Nyinnflyttet")
        sent = (("label", photo(96, pin="4821", qr="ZAP123456")), ("lease", paper))
        uids = [checked(ticket, kind, content).uid for kind, content in sent]
        agent = at_browser(make_staff(Role.AGENT)).cookies
        return uids, at_browser(ticket.claimant, proved=False).cookies, agent

    (label, lease), claimant, agent = aside(world)
    own = visit(device)
    come_as(own, claimant)
    desk = visit(device)
    come_as(desk, agent)
    for visitor, name, address in (
        (own, "own-label", url("evidence", label)),
        (own, "own-lease", url("evidence", lease)),
        (desk, "desk-label", url("desk-item", label)),
        (desk, "desk-lease", url("desk-item", lease)),
        (desk, "desk-ticket", url("desk-ticket", ticket.request_code)),
    ):
        visitor.open(address)
        for image in visitor.page.locator("img[loading=lazy]").all():
            image.scroll_into_view_if_needed()
        assert stretched(visitor) == [], name
        assert visitor.page.locator(SHOWN).count(), name
        keep(visitor, name)
