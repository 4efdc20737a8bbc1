"""Fixtures of the chargers' room."""

import pytest

from tests.chargers.registry_files import run, write_csv, write_page


@pytest.fixture
def ours(tmp_path):
    """Return a function that imports our CSV with these rows."""

    def take(*rows, **options):
        path = write_csv(tmp_path / f"{len(list(tmp_path.iterdir()))}.csv", *(rows or [{}]))
        run(path, **options)

    return take


@pytest.fixture
def page(tmp_path):
    """Return a function that imports a page of the maker's."""

    def take(*rows):
        run(write_page(tmp_path / f"{len(list(tmp_path.iterdir()))}.json", *rows))

    return take
