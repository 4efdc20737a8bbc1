"""Where the tests' browser is, and what is said when there is none: a plugin of pytest."""

from pathlib import Path

import pytest

from deploy.local.environment import CHROMIUM

JOURNEYS = Path(__file__).parent / "journeys"
_left_out = pytest.StashKey[bool]()


def pytest_configure(config):
    config.stash[_left_out] = not Path(CHROMIUM).exists() and _are_meant(config)


def _are_meant(config) -> bool:
    """Tell whether the journeys are among what pytest was asked for."""
    folders = [Path(argument.partition("::")[0]).resolve() for argument in config.args]
    return any(JOURNEYS.is_relative_to(each) or each.is_relative_to(JOURNEYS) for each in folders)


def pytest_collection_modifyitems(config, items):
    """Leave the journeys out where there is nothing to make them with."""
    if config.stash[_left_out]:
        journeys = [item for item in items if item.path.is_relative_to(JOURNEYS)]
        items[:] = [item for item in items if item not in journeys]
        config.hook.pytest_deselected(items=journeys)


def pytest_terminal_summary(terminalreporter, config):
    if config.stash[_left_out]:
        line = f"NOT RUN: the journeys in a real browser, for there is no {CHROMIUM}"
        terminalreporter.write_line(line, yellow=True, bold=True)
