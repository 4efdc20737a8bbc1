"""Ways on which nobody says yes: evidence, letters, installers, and two pairs of eyes."""

from tests.story.scene import Scene, expect


def silent(scene: Scene) -> None:
    """(b) The owner is silent; presence and property; one agent; five working days."""
    scene.ask_with_agreement()
    scene.accept_all(scene.agents[0])
    scene.approve(scene.agents[0])
    with scene.step("the wait is five working days or more", "the clock"):
        routed_at = scene.stage.ticket(scene.code)["routed_at"]
        expect((scene.release_at() - routed_at).days >= 5, True, "days of waiting")
    scene.wait_for_release()
    scene.see_pin(scene.resident)


def letter(scene: Scene) -> None:
    """(b2) The owner is unknown: a letter to the household, its code, and the agreement."""
    scene.ask_with_agreement()
    _take_letter(scene)
    scene.accept_all(scene.agents[1])
    scene.approve(scene.agents[1])
    scene.wait_for_release()
    scene.see_pin(scene.resident)


def _take_letter(scene: Scene) -> None:
    with scene.step("prints the day's letters", "the print house"):
        found = scene.stage.letter_to(scene.place.line)
    with scene.step("types the code from the letter", scene.resident):
        scene.resident.enter_letter_code(found.code)
        query = "SELECT entered_at FROM support_letter l JOIN support_ticket t "
        query += "ON t.id = l.ticket_id WHERE t.request_code = %s"
        expect(bool(scene.stage.one(query, scene.code)["entered_at"]), True, "the letter counts")


def first_customer(scene: Scene) -> None:
    """(c) Only the installer has access: the firm names the resident as its customer."""
    scene.ask(situation="installer")
    with scene.step("says by the link: put up here, for this customer", scene.firm):
        scene.firm.confirm(scene.code, customer=scene.resident.name)
    agent = scene.agents[2]
    with scene.step("accepts the photo of the label", agent):
        scene.stage.reaches(scene.code, "in_review")
        agent.draw(scene.code)
        agent.accept_label(scene.code)
    with scene.step("the letter to the household is printed and arrives", "the print house"):
        scene.stage.letter_to(scene.place.line)
        query = "SELECT arrives_at FROM support_letter l JOIN support_ticket t "
        query += "ON t.id = l.ticket_id WHERE t.request_code = %s"
        scene.stage.reach(scene.stage.one(query, scene.code)["arrives_at"])
    scene.approve(agent)
    scene.wait_for_release()
    scene.see_pin(scene.resident)


def later_resident(scene: Scene) -> None:
    """(c2) A later resident: the firm confirms the place, the agreement shows the right."""
    scene.ask_with_agreement()
    with scene.step("says by the link: put up here, for somebody else", scene.firm):
        scene.firm.confirm(scene.code, customer="Somebody Earlier")
    scene.accept_all(scene.agents[2])
    scene.approve(scene.agents[2])
    scene.wait_for_release()
    scene.see_pin(scene.resident)


def flagged(scene: Scene) -> None:
    """(e) A flag (the same surname): two agents, and the first one's second yes is refused."""
    scene.resident.name = f"Nora {scene.place.owner_name.split()[-1]}"
    scene.ask_with_agreement()
    scene.accept_all(scene.agents[0])
    scene.approve(scene.agents[0], until="second_review")
    with scene.step("tries to approve a second time and is refused", scene.agents[0]):
        scene.agents[0].refused("approve", scene.code, status=403, note="Me again.")
    scene.approve(scene.agents[1])
    scene.wait_for_release()
    scene.see_pin(scene.resident)


def appealed(scene: Scene) -> None:
    """(g) Rejected, appealed, decided by somebody else."""
    scene.ask_with_agreement()
    scene.accept_all(scene.agents[0])
    with scene.step("rejects it", scene.agents[0]):
        words = "The agreement does not convince us."
        scene.agents[0].do("reject", scene.code, reason="not_shown", words=words)
        expect(scene.stage.state(scene.code), "rejected")
        scene.stage.mails.about(scene.resident.email, scene.code, words="not approved")
    with scene.step("appeals", scene.resident):
        scene.resident.appeal("The agreement names me and is signed. Please look again.")
        expect(scene.stage.state(scene.code), "in_review")
    with scene.step("tries to decide the appeal and is refused", scene.agents[0]):
        scene.agents[0].refused("approve", scene.code, status=403, note="Now it is fine.")
    scene.approve(scene.agents[1])
    scene.wait_for_release()
    scene.see_pin(scene.resident)


def learnt_later(scene: Scene) -> None:
    """(i) A serial that the registry learns only later: two agents, ten working days."""
    scene.ask_with_agreement()
    scene.accept_all(scene.agents[0])
    with scene.step("cannot approve what the registry does not know", scene.agents[0]):
        scene.agents[0].refused("approve", scene.code, status=422, note="It looks fine.")
    with scene.step("learns the serial by an import; the request is routed again", "the registry"):
        scene.stage.import_places([scene.way])
        scene.stage.wait(lambda: _rerouted(scene), "not routed again")
        scene.stage.reaches(scene.code, "in_review")
    scene.approve(scene.agents[0], until="second_review")
    scene.approve(scene.agents[1])
    scene.wait_for_release()
    scene.see_pin(scene.resident)


def _rerouted(scene: Scene) -> bool:
    query = """
        SELECT 1 AS yes FROM records_event e JOIN support_ticket t
        ON e.stream = 'ticket:' || t.uid WHERE t.request_code = %s AND e.kind = 'rerouted'
    """
    return bool(scene.stage.one(query, scene.code))
