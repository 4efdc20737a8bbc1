"""Ways on which the registered owner speaks: yes, yes later, yes and no, and first."""

from datetime import timedelta

from tests.story.scene import Scene, expect


def _establish(scene: Scene) -> None:
    owner = scene.owner
    with scene.step("asks to see the PIN, waits 72 hours after the notice, and sees it", owner):
        owner.establish(scene.place)
        scene.stage.mails.wait(owner.email, "the notice", lambda mail: "PIN" in mail["subject"])
        expect(owner.reveal(scene.place) == scene.place.pin, True, "the registry's PIN")


def _name_resident(scene: Scene, *, until: str, answer: str = "no_longer") -> None:
    with scene.step("says by the link: given to this person (request code, surname)", scene.owner):
        surname = scene.resident.name.split()[-1]
        scene.owner.say_yes(scene.code, naming=scene.code, surname=surname, answer=answer)
        expect(scene.stage.state(scene.code), until)


def _accept_photo(scene: Scene) -> None:
    agent = scene.agents[0]
    with scene.step("accepts the photo of the label", agent):
        scene.stage.reaches(scene.code, "in_review")
        agent.draw(scene.code)
        agent.accept_label(scene.code)


def named(scene: Scene) -> None:
    """(a) The owner names the resident, presence is accepted: released at once."""
    _establish(scene)
    scene.ask()
    _accept_photo(scene)
    _name_resident(scene, until="completed")
    scene.see_pin(scene.resident)
    with scene.step("finds the same PIN by the installation", scene.resident):
        found = scene.resident.reveal_by_installation(scene.place)
        expect(found == scene.place.pin, True, "the registry's PIN")
    scene.sees_nothing(scene.owner, "has lost charger and PIN")


def vacated(scene: Scene) -> None:
    """(a2) "No longer mine" to nobody in particular; property and presence; one agent."""
    scene.ask_with_agreement()
    with scene.step("says by the link: no longer mine", scene.owner):
        scene.owner.say_yes(scene.code)
        expect(_answer(scene), "vacated")
    scene.accept_all(scene.agents[0])
    scene.approve(scene.agents[0])
    scene.wait_for_release()
    scene.see_pin(scene.resident)


def _answer(scene: Scene) -> str:
    query = """
        SELECT a.kind FROM support_answer a JOIN chargers_charger c ON c.id = a.charger_id
        WHERE c.serial = %s AND a.void_at IS NULL
    """
    return scene.stage.one(query, scene.place.serial).get("kind", "")


def changed(scene: Scene) -> None:
    """(j) Approved, then a fact changes: reopened, the approval void; approved anew."""
    scene.ask_with_agreement()
    scene.accept_all(scene.agents[0])
    scene.approve(scene.agents[0])
    with scene.step("answers after all: no longer mine; it is reopened", scene.owner):
        scene.owner.say_yes(scene.code)
        expect(scene.stage.state(scene.code), "in_review")
        expect(_standing(scene), 0, "standing approvals")
    scene.approve(scene.agents[1])
    scene.wait_for_release()
    scene.see_pin(scene.resident)


def _standing(scene: Scene) -> int:
    query = """
        SELECT count(*) AS n FROM support_approval a JOIN support_ticket t ON t.id = a.ticket_id
        WHERE t.request_code = %s AND a.voided_at IS NULL
    """
    return scene.stage.one(query, scene.code)["n"]


def contested(scene: Scene) -> None:
    """(k) Completed, then the former owner contests it, and two seniors give it back."""
    _establish(scene)
    scene.ask()
    _accept_photo(scene)
    _name_resident(scene, until="completed")
    scene.see_pin(scene.resident)
    with scene.step("contests the hand-over by the link", scene.owner):
        page = scene.owner.open_link(scene.code)
        scene.owner.browser.send(page.form(having="words"), words="I did not mean this person.")
        expect(scene.stage.state(scene.code), "contested")
    with scene.step("is shown no PIN while it is contested", scene.resident):
        scene.resident.refused_pin(scene.place, status=409)
    for senior, state in zip(scene.seniors[:2], ("contested", "restored"), strict=True):
        with scene.step("votes to give it back", senior):
            senior.do("vote", scene.code, restore="yes", note="The surname was another one.")
            expect(scene.stage.state(scene.code), state)
    scene.see_pin(scene.owner, "sees the PIN again")
    scene.sees_nothing(scene.resident, "sees it no more")


def tenant(scene: Scene) -> None:
    """(l) A tenant with a lease and the owner's yes: use, and no PIN."""
    until = scene.stage.now().date() + timedelta(days=365)
    scene.ask("files a request with photo and lease", situation="renting", lease_until=until)
    agent = scene.agents[1]
    with scene.step("accepts photo and lease", agent):
        scene.stage.reaches(scene.code, "in_review")
        agent.draw(scene.code)
        agent.accept_label(scene.code)
        agent.accept_lease(scene.code, ends=until)
    _name_resident(scene, until="approved", answer="tenant")
    scene.wait_for_release(what="a day later: use begins")
    with scene.step("may charge there, and is shown no PIN", scene.resident):
        expect(scene.resident.sees_charger(scene.place), True, "the charger among theirs")
        scene.resident.refused_pin(scene.place, status=403)
    with scene.step("still holds the charger", scene.owner):
        expect(scene.owner.sees_charger(scene.place), True, "the charger among theirs")


def offered(scene: Scene) -> None:
    """(m) The owner starts it, dated: accepted, shown, released on the take-over date."""
    _establish(scene)
    owner, resident, stage = scene.owner, scene.resident, scene.stage
    day = stage.now().date() + timedelta(days=12)
    with scene.step("offers the charger to a named person, for a day to come", owner):
        owner.be_fresh()
        owner.browser.get("/chargers/")
        owner.browser.follow(words=scene.place.serial)
        page = owner.browser.follow(to="/hand-over/")
        told = {"to_name": resident.name, "to_email": resident.email, "when": "date"}
        page = owner.browser.send(
            page.form(having="to_email"), take_over_date=day.isoformat(), **told
        )
        scene.code = page.path.rstrip("/").split("/")[-1]
        expect(stage.state(scene.code), "offered")
    with scene.step("accepts by the link and a code", resident):
        resident.accept_offer(scene.code)
        expect(stage.state(scene.code), "collecting")
    with scene.step("sends the photo of the label", resident):
        resident.send_label(scene.place)
        stage.proofs_ready(scene.code)
    with scene.step("accepts the photo; the owner's word carries it", scene.agents[0]):
        stage.reaches(scene.code, "in_review")
        scene.agents[0].draw(scene.code)
        scene.agents[0].accept_label(scene.code)
        expect(stage.state(scene.code), "approved")
    scene.wait_for_release(what="the take-over date has come: released")
    with scene.step("the charger changed hands on the day, not before", "the clock"):
        decided_at = stage.ticket(scene.code)["decided_at"]
        expect(decided_at.astimezone(scene.place.zone).date(), day, "the day there")
    scene.see_pin(resident)
    scene.sees_nothing(owner, "has lost charger and PIN")
