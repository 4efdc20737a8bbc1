"""Who acts in the story, each in a browser of their own."""

import re
import time
from datetime import date

from tests.story import papers
from tests.story.browser import Browser, Form, Page, Unexpected
from tests.story.stage import Stage
from tests.story.world import Place

SPELLED = re.compile(r"[0-9A-Za-z](, [0-9A-Za-z])+")
# A PIN is shown to whoever signed in less than five minutes ago.
FRESH_SECONDS = 240
LABEL_TICKS = ["serial_shown", "code_shown"]
AGREEMENT_TICKS = ["buyer_is_claimant", "address_matches", "seller_is_owner", "signed"]
LEASE_TICKS = ["tenant_is_claimant", "address_matches", "signed"]


class Person:
    """Somebody with a mailbox and a browser."""

    def __init__(self, stage: Stage, name: str, email: str) -> None:
        self.stage, self.name, self.email = stage, name, email
        self.browser = Browser(stage.base_url)
        self.proved_at = 0.0

    def sign_in(self, *, again: bool = False) -> Page:
        """Sign in by the code from the mail; ``again`` proves an open session anew."""
        since = self.stage.mails.last(self.email)
        page = self.browser.get("/sign-in/?again=1" if again else "/sign-in/")
        fill = {} if again else {"email": self.email}
        self.browser.send(page.form(to="/sign-in/"), **fill)
        code = self.stage.mails.code(self.email, since=since)
        page = self.browser.send(self.browser.page.form(having="digits"), digits=code)
        self.proved_at = time.monotonic()
        return page

    def be_fresh(self) -> None:
        """Sign in, or once more where the sign-in has grown old."""
        if not self.proved_at:
            self.sign_in()
        elif time.monotonic() - self.proved_at > FRESH_SECONDS:
            self.sign_in(again=True)

    def settings_of(self, place: Place) -> Page:
        """Walk from my chargers to a station's settings."""
        self.be_fresh()
        self.browser.get("/chargers/")
        self.browser.follow(words=place.serial)
        return self.browser.follow(to="/settings/")

    def sees_charger(self, place: Place) -> bool:
        """Tell whether the station is among my chargers."""
        self.be_fresh()
        return place.serial in self.browser.get("/chargers/").text

    def reveal(self, place: Place, *, job: str = "") -> str:
        """Walk to a station's settings and have its PIN shown."""
        self.settings_of(place)
        page = self.browser.follow(to="/pin/")
        fill = {"job": job} if job else {}
        page = self.browser.send(page.form(button="PIN"), **fill)
        return _pin_on(page)

    def reveal_by_installation(self, place: Place) -> str:
        """See the PIN the other way the maker's app knows: installation, charger, settings."""
        self.be_fresh()
        self.browser.get("/installations/")
        self.browser.follow(words=place.line)
        self.browser.follow(words=place.serial)
        page = self.browser.follow(to="/pin/")
        return _pin_on(self.browser.send(page.form(button="PIN")))

    def refused_pin(self, place: Place, *, status: int, **fill: str) -> None:
        """Try to see a PIN all the same, past the pages that do not offer it."""
        self.be_fresh()
        uid = self.stage.one("SELECT uid FROM chargers_charger WHERE serial = %s", place.serial)
        page = self.browser.get("/chargers/")
        forged = self.forged(page, f"/chargers/{uid['uid']}/pin/", **fill)
        page = self.browser.send(forged, expect=status)
        if page.marked("pin"):
            raise Unexpected("a PIN was shown")

    def forged(self, page: Page, address: str, **values: str) -> Form:
        """Return a form that no page offers to this person, with their own CSRF token."""
        token = next(f.values["csrfmiddlewaretoken"] for f in page.read.forms if f.method == "post")
        data = {"csrfmiddlewaretoken": token, **{k: [str(v)] for k, v in values.items()}}
        return Form(f"{self.browser.base_url}{address}", "post", data)


def _pin_on(page: Page) -> str:
    spelled = [words for words in page.marked("visually-hidden") if SPELLED.fullmatch(words)]
    if not page.marked("pin") or not spelled:
        raise Unexpected(f"no PIN on {page.brief()}")
    return spelled[-1].replace(", ", "")


class Resident(Person):
    """Asks for a station, sends proofs, follows the request."""

    code = ""

    def ask(
        self,
        place: Place,
        *,
        situation: str = "none",
        agreement: bool = False,
        lease_until: date | None = None,
        serial: str = "",
    ) -> str:
        """File a request with the photo, and the documents named; return the request code."""
        self.be_fresh()
        self.browser.get("/requests/new/")
        told = {"situation": situation, "fears_owner": "no"}
        if lease_until:
            told["use_until_date"] = lease_until.isoformat()
        if situation == "installer":
            told["installer_name"] = "Demo Elektro AS"
        self._answer(self._form("situation"), **told)
        self._answer(self._form("serial_typed"), serial_typed=serial or place.serial)
        page = self._answer(self._form("postal_code"), **place.address())
        self.code = page.marked("big-code")[0]
        self.send_label(place)
        if agreement:
            self.send_agreement(place)
        if lease_until:
            self.send(
                "lease", papers.lease(tenant=self.name, address=place.line, until=lease_until)
            )
        page = self.browser.get(f"/requests/{self.code}/check/")
        self._answer(page.form(having="claimant_name"), claimant_name=self.name)
        return self.code

    def _form(self, having: str) -> Form:
        return self.browser.page.form(having=having)

    def _answer(self, form: Form, **fill) -> Page:
        return self.browser.send(form, **fill)

    def send(self, kind: str, file: tuple[str, bytes, str]) -> Page:
        """Send one file of a kind."""
        page = self.browser.get(f"/requests/{self.code}/upload/?kind={kind}")
        return self.browser.send(page.form(having="files"), files=[("files", file)])

    def send_label(self, place: Place) -> Page:
        """Send the photo of the label beside the request code."""
        return self.send("label", papers.label_photo(place.serial, self.code))

    def send_agreement(self, place: Place) -> Page:
        """Send the purchase agreement."""
        day = self.stage.now().date()
        paper = papers.agreement(
            buyer=self.name, seller=place.owner_name, address=place.line, day=day
        )
        return self.send("purchase_agreement", paper)

    def look(self) -> Page:
        """Open the page of the request."""
        return self.browser.get(f"/requests/{self.code}/")

    def enter_letter_code(self, code: str) -> Page:
        """Type the code from the letter."""
        return self.browser.send(self.look().form(having="code"), code=code)

    def accept_offer(self, request_code: str) -> Page:
        """Accept a charger by the link from the mail and a code, which signs the person in."""
        page = self.browser.get(self.stage.mails.link(self.email, request_code))
        since = self.stage.mails.last(self.email)
        page = self.browser.send(page.form(to=page.path, having="form_key"))
        digits = self.stage.mails.code(self.email, since=since)
        page = self.browser.send(page.form(having="digits"), digits=digits)
        self.proved_at, self.code = time.monotonic(), request_code
        return self.browser.send(page.form(to="/confirm/"))

    def withdraw(self) -> Page:
        """Take the request back."""
        page = self.browser.get(f"/requests/{self.code}/withdraw/")
        return self.browser.send(page.form(to="/withdraw/", having="form_key"))

    def appeal(self, words: str) -> Page:
        """Appeal a refusal."""
        page = self.browser.get(f"/requests/{self.code}/appeal/")
        return self.browser.send(page.form(to="/appeal/", having="words"), words=words)


class Owner(Person):
    """Is registered; answers by the link from the mail, sees the PIN in the portal."""

    def open_link(self, request_code: str) -> Page:
        """Open the newest link about a request, from the mail, which does not tell its code."""
        name = self.stage.reference(request_code)
        return self.browser.get(self.stage.mails.link(self.email, name))

    def say(self, request_code: str, answer: str, *, expect: int = 200) -> Page:
        """Give an answer that needs no code: stopping is easy."""
        page = self.open_link(request_code)
        return self.browser.send(page.form(having="answer"), answer=answer, expect=expect)

    def say_yes(
        self,
        request_code: str,
        *,
        naming: str = "",
        surname: str = "",
        answer: str = "no_longer",
        expect: int = 200,
    ) -> Page:
        """Say that it is no longer mine, naming the resident or nobody, with the mailed code.

        Or, as ``answer``, that a tenant may use it.
        """
        page = self.open_link(request_code)
        since = self.stage.mails.last(self.email)
        told = {"answer": answer, "request_code": naming, "surname": surname}
        page = self.browser.send(page.form(having="answer"), **told)
        code = self.stage.mails.code(self.email, since=since)
        page = self.browser.send(page.form(having="digits"), digits=code)
        return self.browser.send(page.form(to="/confirm/"), expect=expect)

    def establish(self, place: Place) -> None:
        """Ask to see the PIN, wait the 72 hours after the notice, and see it."""
        page = self.settings_of(place)
        self.browser.send(page.form(to="/notice/"))
        self.refused_pin(place, status=409)
        self.stage.move(hours=73)


class Firm(Person):
    """Answers the link to the firm's registered address."""

    def confirm(self, request_code: str, *, customer: str = "") -> Page:
        """Say that the firm put the station up, and for whom; with the mailed code."""
        name = self.stage.reference(request_code)
        page = self.browser.get(self.stage.mails.link(self.email, name))
        since = self.stage.mails.last(self.email)
        told = {"installed_here": "yes", "customer_name": customer}
        page = self.browser.send(page.form(having="installed_here"), **told)
        code = self.stage.mails.code(self.email, since=since)
        page = self.browser.send(page.form(having="digits"), digits=code)
        return self.browser.send(page.form(to="/confirm/"))
