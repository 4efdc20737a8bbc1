"""The world of the authorisation matrix, for attacks on it."""

from tests.matrix.conftest import world

__all__ = ["world"]
