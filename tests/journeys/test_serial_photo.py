"""Where the browser reads codes, a photo of the label fills the serial in, and stays there."""

import pytest
from playwright.sync_api import expect, sync_playwright

from deploy.local.environment import CHROMIUM
from tests.journeys import gallery
from tests.journeys.conftest import ARGUMENTS
from tests.story import papers
from tests.support.public_world import begin, resident, url

pytestmark = pytest.mark.django_db

# What Chrome has on phones and not on every desk: it tells what the test lays before it.
READS = """window.BarcodeDetector = class {
  async detect() { return window.codes.map((rawValue) => ({ rawValue })); }
};"""


@pytest.fixture
def serial_page():
    client = resident()
    shown = gallery.Gallery()
    shown.add("claim-serial", client.get(url("claim-serial", begin(client).request_code)))
    return shown.pictures["claim-serial"]


def show(playwright, picture, *, reads: bool):
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    page = browser.new_page(viewport={"width": 360, "height": 740})
    if reads:
        page.add_init_script(READS)
    gallery.hang(page, [picture])(picture)
    return page


def test_a_photo_of_the_code_fills_the_serial_in_and_is_not_sent(serial_page, tmp_path):
    _name, photo, _kind = papers.label_photo("ZAP123456", "amber-otter-4821")
    file = tmp_path / "label.png"
    file.write_bytes(photo)
    with sync_playwright() as playwright:
        page = show(playwright, serial_page, reads=True)
        asked = []
        page.on("request", lambda request: asked.append(request.method))
        field = page.locator("[name=serial_typed]")

        for codes, filled in (
            (["nothing of ours", "https://example.com/s/zap123456?pin=4821"], "ZAP123456"),
            (["SN:GPN000017;PIN:4821"], "GPN000017"),
            (["XZAP1234567"], "GPN000017"),
            ([], "GPN000017"),
        ):
            page.evaluate("(codes) => { window.codes = codes; }", codes)
            said = page.locator("[data-read-code] [role=status]")
            said.evaluate("(line) => { line.textContent = ''; }")
            page.locator("#read-code").set_input_files(file)
            expect(said).not_to_be_empty()
            assert field.input_value() == filled, codes
        assert "POST" not in asked
        assert page.locator("#read-code").input_value() == ""


def test_where_the_browser_reads_no_codes_nothing_of_it_shows(serial_page):
    with sync_playwright() as playwright:
        page = show(playwright, serial_page, reads=False)

        assert not page.locator("#read-code").is_visible()
        assert page.locator("[name=serial_typed]").is_visible()
