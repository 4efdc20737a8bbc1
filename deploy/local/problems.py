"""What keeps the local stack from starting, said in one line with its cure."""


class Problem(Exception):
    """Something a person can put right: what is wrong, and what to do about it."""

    def __init__(self, what: str, cure: str) -> None:
        super().__init__(f"{what} {cure}")
