"""The people and the station of one way, and what several ways have in common."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

from tests.story.browser import Unexpected
from tests.story.desk import Staff
from tests.story.people import Firm, Owner, Person, Resident
from tests.story.stage import Stage
from tests.story.telling import Telling
from tests.story.world import FIRM, FIRM_EMAIL, MEMBER, MEMBER_EMAIL, PLACES


class Scene:
    """One way: its station, its resident and its owner; the desk is shared by all ways."""

    def __init__(
        self, way: str, stage: Stage, tell: Telling, staff: dict[str, list[Staff]]
    ) -> None:
        self.way, self.stage, self.tell = way, stage, tell
        self.place = PLACES[way]
        self.resident = Resident(stage, f"Nora Ny{way}", f"resident.{way}@story.example")
        self.owner = Owner(stage, self.place.owner_name, self.place.owner_email)
        self.firm = Firm(stage, FIRM, FIRM_EMAIL)
        self.member = Person(stage, MEMBER, MEMBER_EMAIL)
        self.agents, self.seniors = staff["agent"], staff["senior agent"]
        self.officer = staff["safety officer"][0]
        self.code = ""

    def step(self, what: str, who: Person | str) -> AbstractContextManager:
        """Begin a step of this way, to be told when it is done."""
        name = who if isinstance(who, str) else who.name
        return self.tell.step(what, name, way=self.way, code=lambda: self.code)

    # --- what several ways share ---

    def ask(self, what: str = "files a request with the photo", **claim) -> str:
        """The resident files the request; the background routes it."""
        with self.step(what, self.resident):
            self.code = self.resident.ask(self.place, **claim)
            self.stage.wait(lambda: self.stage.state(self.code) != "submitted", "not routed")
            self.stage.proofs_ready(self.code)
            self.stage.mails.about(self.resident.email, self.code)
        return self.code

    def ask_with_agreement(self) -> str:
        """The resident, who bought the home, sends everything at once."""
        return self.ask(
            "files a request with photo and agreement", situation="bought", agreement=True
        )

    def accept_all(self, agent: Staff) -> None:
        """An agent draws the ticket and accepts photo and agreement."""
        with self.step("looks at photo and agreement and accepts them", agent):
            self.stage.reaches(self.code, "in_review")
            agent.draw(self.code)
            agent.accept_label(self.code)
            agent.accept_agreement(self.code)

    def approve(self, agent: Staff, *, until: str = "approved") -> None:
        """An agent to whom it was given approves; it counts."""
        with self.step("approves", agent):
            self._give_first(agent)
            agent.approve(self.code)
            expect(self.stage.state(self.code), until)

    def _give_first(self, agent: Staff) -> None:
        """A senior gives a ticket in review to an agent who has not drawn it: nobody picks."""
        row = self._row()
        person = self.stage.one("SELECT id FROM accounts_user WHERE email = %s", agent.email)
        if row["state"] == "in_review" and row["assigned_to_id"] != person["id"] and agent.senior:
            agent.senior.give(self.code, to=agent)

    def wait_for_release(self, *, what: str = "the wait is over: released") -> None:
        """Time passes until the release; somebody else takes the second look if one was drawn."""
        self._look_again()
        with self.step(what, "the clock"):
            due_at = self.release_at()
            self.stage.stays(self.code, "approved")
            self.stage.reach(due_at)
            self.stage.reaches(self.code, "completed")

    def release_at(self) -> datetime:
        """Return when an approved request is released; it is known once the notices are out."""
        self.stage.wait(lambda: self._row()["release_at"], "the clock has not started")
        return self._row()["release_at"]

    def _row(self) -> dict:
        return self.stage.ticket(self.code)

    def _look_again(self) -> None:
        row = self._row()
        if row["second_look"] != "wanted":
            return
        approved = "SELECT 1 AS yes FROM support_approval WHERE ticket_id = %s AND by_id = %s"
        person = "SELECT id FROM accounts_user WHERE email = %s"
        for other in self.agents + self.seniors:
            who = self.stage.one(person, other.email)["id"]
            if not self.stage.one(approved, row["id"], who):
                with self.step("takes the second look that was drawn", other):
                    other.do("second-look", self.code, fine="yes")
                    expect(self._row()["second_look"], "passed")
                return

    def see_pin(self, person: Person, what: str = "sees the PIN") -> None:
        """A person walks to the PIN, and it is the one in the registry."""
        with self.step(what, person):
            expect(person.reveal(self.place) == self.place.pin, True, "the registry's PIN")

    def sees_nothing(self, person: Person, what: str = "sees no charger and no PIN") -> None:
        """A person without a right finds nothing, and a forged form is a page not found."""
        with self.step(what, person):
            expect(person.sees_charger(self.place), False, "the charger among theirs")
            person.refused_pin(self.place, status=404)


def expect(seen: object, wanted: object, what: str = "") -> None:
    """Raise Unexpected unless what was seen is what was wanted."""
    if seen != wanted:
        raise Unexpected(f"{what}: expected {wanted!r}, saw {seen!r}".removeprefix(": "))


Way = Callable[[Scene], None]
