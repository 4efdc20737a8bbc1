"""What the outbox is told to deliver to in these tests."""

calls: list[tuple[str, dict]] = []


def keep(*, key: str, **payload) -> None:
    """Remember the call; a key that was seen before changes nothing."""
    if key not in [seen for seen, _ in calls]:
        calls.append((key, payload))


def refuse(*, key: str, **payload) -> None:
    raise ConnectionRefusedError("mail to ola.nordmann@example.com was refused")
