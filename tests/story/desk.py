"""The people of the desk: agents, seniors, the safety officer; password and app to come in."""

import time
from datetime import date

import pyotp

from tests.story.browser import Page, Unexpected
from tests.story.people import AGREEMENT_TICKS, LABEL_TICKS, LEASE_TICKS, Person
from tests.story.stage import Stage

JPEG = b"\xff\xd8\xff"


class Staff(Person):
    """One member of the desk."""

    def __init__(self, stage: Stage, name: str, email: str, *, password: str, app_key: str) -> None:
        super().__init__(stage, name, email)
        self.password, self.app = password, pyotp.TOTP(app_key)
        self.step = 0
        self.senior: Staff | None = None

    def digits(self) -> str:
        """Read the app; digits are good once, so wait for the next ones where these were used."""
        while (step := int(time.time()) // self.app.interval) <= self.step:
            time.sleep(0.5)
        self.step = step
        return self.app.at(step * self.app.interval)

    def sign_in(self, *, again: bool = False) -> Page:
        if again:
            page = self.browser.get("/sign-in/again/")
            return self._give(page)
        page = self.browser.get("/sign-in/staff/")
        proofs = {"email": self.email, "password": self.password}
        return self._give(self.browser.send(page.form(having="password"), **proofs))

    def _give(self, page: Page) -> Page:
        """Give the second factor, where it is asked for."""
        if page.has_form(having="proof-digits"):
            proof = {"proof-digits": self.digits()}
            page = self.browser.send(page.form(having="proof-digits"), **proof)
        self.proved_at = time.monotonic()
        return page

    def open(self, code: str) -> Page:
        """Open a ticket."""
        self.be_fresh()
        return self.browser.get(f"/desk/tickets/{code}/")

    def draw(self, code: str) -> Page:
        """Draw the next ticket; where another one comes first, a senior gives this one out."""
        self.be_fresh()
        page = self.browser.get("/desk/")
        page = self.browser.send(page.form(to="/desk/take"))
        if code not in page.path and self.senior:
            self.senior.give(code, to=self)
        return page if code in page.path else self.open(code)

    def give(self, code: str, *, to: "Staff") -> None:
        """Give a ticket to a colleague, as seniors do: nobody chose it for themselves."""
        self.be_fresh()
        whom = self.stage.one("SELECT uid FROM accounts_user WHERE email = %s", to.email)["uid"]
        page = self.browser.get(f"/desk/bulk/?act=assign&code={code}")
        page = self.browser.send(page.form(having="to"), to=str(whom))
        self.browser.send(page.form(having="to"), to=str(whom), do="1")

    def accept(self, code: str, ticks: list[str], **days: date) -> Page:
        """Look at an item of evidence and accept it with what it shows."""
        page = self.open(code)
        form = page.form(to="/desk/items/", having=ticks[0])
        self._look_at(page, form.action)
        dates = {name: day.isoformat() for name, day in days.items()}
        self.browser.page = page
        return self.browser.send(form, ticks=list(ticks), **dates)

    def _look_at(self, page: Page, action: str) -> None:
        """Open the item's page and its first picture: made by us, never the file itself."""
        uid = action.rstrip("/").split("/")[-2]
        self.browser.get(page.link(to=f"/desk/items/{uid}/"))
        content = self.browser.get(f"/evidence/{uid}/picture/?page=1").response.content
        if not content.startswith(JPEG):
            raise Unexpected(f"no picture of the evidence: {content[:20]!r}")

    def accept_label(self, code: str) -> Page:
        return self.accept(code, LABEL_TICKS)

    def accept_agreement(self, code: str) -> Page:
        return self.accept(code, AGREEMENT_TICKS, take_over_date=self.stage.now().date())

    def accept_lease(self, code: str, *, ends: date) -> Page:
        return self.accept(code, LEASE_TICKS, ends_date=ends)

    def do(self, verb: str, code: str, *, expect: int = 200, **fill) -> Page:
        """Carry out a verb of the desk by its form on the ticket's page."""
        page = self.open(code)
        return self.browser.send(page.form(to=f"{code}/{verb}"), expect=expect, **fill)

    def approve(self, code: str, *, expect: int = 200) -> Page:
        return self.do("approve", code, note="Everything agrees.", expect=expect)

    def refused(self, verb: str, code: str, *, status: int, **fill) -> None:
        """Try a verb that the page may not offer: it is refused, and nothing has moved."""
        page, before = self.open(code), self.stage.ticket(code)
        facts = {"facts_version": before["facts_version"]}
        forged = self.forged(page, f"/desk/tickets/{code}/{verb}", **facts, **fill)
        self.browser.send(forged, expect=status)
        after = self.stage.ticket(code)
        if (after["state"], after["version"]) != (before["state"], before["version"]):
            raise Unexpected(f"{verb} was refused and yet the ticket is {after['state']}")
