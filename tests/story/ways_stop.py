"""Ways that end without a grant, or are held up: objection, withdrawal, freeze."""

from tests.story.scene import Scene, expect

JOB = "Work order 4711, network change"


def objected(scene: Scene) -> None:
    """(d) The owner objects without a code; a senior upholds it; nothing is granted."""
    scene.ask_with_agreement()
    scene.accept_all(scene.agents[0])
    with scene.step("objects by the link, without a code", scene.owner):
        scene.owner.say(scene.code, "still_mine")
        expect(scene.stage.state(scene.code), "disputed")
    with scene.step("tries to approve it all the same and is refused", scene.agents[1]):
        scene.agents[1].refused("approve", scene.code, status=409, note="It looks fine.")
    with scene.step("upholds the objection, in words to each side", scene.seniors[0]):
        told = {"words": "Someone with a say objects.", "words_to_objector": "It stays as it is."}
        scene.seniors[0].do("decide", scene.code, uphold="yes", reason="objection", **told)
        expect(scene.stage.state(scene.code), "rejected")
    scene.sees_nothing(scene.resident)


def withdrawn(scene: Scene) -> None:
    """(f) The resident takes the request back."""
    scene.ask()
    with scene.step("withdraws it", scene.resident):
        scene.resident.withdraw()
        expect(scene.stage.state(scene.code), "withdrawn")
    scene.sees_nothing(scene.resident)


def frozen(scene: Scene) -> None:
    """(h) A freeze blocks consent, approval, release, share and reveal, but the holder's own."""
    owner, stage = scene.owner, scene.stage
    with scene.step("asks to see the PIN, waits 72 hours after the notice, and sees it", owner):
        owner.establish(scene.place)
        expect(owner.reveal(scene.place) == scene.place.pin, True, "the registry's PIN")
    with scene.step("service sees the PIN for a named job", scene.member):
        expect(scene.member.reveal(scene.place, job=JOB) == scene.place.pin, True, "the PIN")
    scene.ask_with_agreement()
    scene.accept_all(scene.agents[0])
    scene.approve(scene.agents[0])
    release_at = scene.release_at()
    with scene.step("says by the link: a matter of safety; what was approved is reopened", owner):
        owner.say(scene.code, "safety")
        expect(stage.state(scene.code), "in_review")
    with scene.step("release is blocked: the time passes and nothing is released", "the clock"):
        stage.reach(release_at)
        stage.stays(scene.code, "in_review")
    with scene.step("approval is blocked", scene.agents[1]):
        scene.agents[1].refused("approve", scene.code, status=409, note="It looks fine.")
    with scene.step("consent is blocked", owner):
        surname = scene.resident.name.split()[-1]
        owner.say_yes(scene.code, naming=scene.code, surname=surname, expect=409)
        expect(stage.state(scene.code), "in_review")
    with scene.step("share is blocked", owner):
        _refused_share(scene)
    with scene.step("reveal is blocked for service", scene.member):
        scene.member.refused_pin(scene.place, status=409, job=JOB)
    scene.see_pin(owner, "may still see the PIN, being the holder of record")
    with scene.step("lifts the freeze, with a reason", scene.officer):
        _lift(scene)
        scene.stage.wait(lambda: not _holds(scene), "still frozen")
    scene.approve(scene.agents[1])
    with scene.step("withdraws it", scene.resident):
        scene.resident.withdraw()
        expect(stage.state(scene.code), "withdrawn")


def _refused_share(scene: Scene) -> None:
    owner = scene.owner
    owner.be_fresh()
    uid = scene.stage.one("SELECT uid FROM chargers_charger WHERE serial = %s", scene.place.serial)
    page = owner.browser.get("/chargers/")
    told = {"to_name": "A Friend", "to_email": "friend@story.example"}
    forged = owner.forged(page, f"/chargers/{uid['uid']}/share/", **told)
    owner.browser.send(forged, expect=409)


def _lift(scene: Scene) -> None:
    officer = scene.officer
    officer.be_fresh()
    query = """
        SELECT f.uid FROM support_freeze f JOIN chargers_charger c ON c.id = f.charger_id
        WHERE c.serial = %s AND f.lifted_at IS NULL
    """
    uid = scene.stage.one(query, scene.place.serial)["uid"]
    page = officer.browser.get("/desk/freezes/")
    form = page.form(to=f"/desk/freezes/{uid}/lift")
    officer.browser.send(form, reason="Spoken to everybody: nobody is in danger.")


def _holds(scene: Scene) -> bool:
    query = """
        SELECT 1 AS yes FROM chargers_hold h JOIN chargers_charger c ON c.id = h.charger_id
        WHERE c.serial = %s AND h.lifted_at IS NULL
    """
    return bool(scene.stage.one(query, scene.place.serial))
