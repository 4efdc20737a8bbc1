"""The authorisation matrix is whole: every address is in it, for everybody, by every method.

Fast, and run before every landing; tests/matrix/ tries the cells themselves.
"""

from fnmatch import fnmatchcase

import yaml

from tests.matrix import table

ADD = """
These addresses are not in tests/matrix.yaml:

{missing}

Add one entry for each under `urls` (the top of the file says how), for instance

  {name}:
    names: ...            # what the address names; leave out when it names nothing
    GET: own-page         # a row of `doors`, or {{who: outcome}}
"""


def test_every_address_is_in_the_table():
    matrix = table.read()
    missing = [url for url in table.urls() if matrix.entry_of(url) is None]
    lines = "\n".join(f"  {url.name}   /{url.route}" for url in missing)
    assert not missing, ADD.format(missing=lines, name=missing[0].name)


def test_every_entry_of_the_table_has_an_address():
    matrix, names = table.read(), [url.name for url in table.urls()]
    idle = [key for key in matrix.entries if not any(fnmatchcase(name, key) for name in names)]
    assert idle == [], f"tests/matrix.yaml has entries for no address: {idle}"


def test_every_cell_of_the_table_says_something():
    matrix = table.read()
    silent = [
        f"{entry.key} {method}: {actor} {relation}".rstrip()
        for entry in matrix.entries.values()
        for method in entry.rows
        for actor in matrix.actors
        for relation in matrix.relations_of(entry)
        if entry.outcome(method, actor, relation, matrix.groups) is None
    ]
    assert silent == [], "\n".join(silent)


def test_an_address_that_names_something_says_what():
    matrix = table.read()
    wrong = [
        f"{url.name} /{url.route}: {'names' if url.takes else 'remove names'}"
        for url in table.urls()
        if not url.name.startswith("admin:") and bool(matrix.entry_of(url).names) != bool(url.takes)
    ]
    assert wrong == []


def test_every_entry_answers_some_method():
    matrix = table.read()
    assert [key for key, entry in matrix.entries.items() if not entry.rows] == []


def test_only_the_admin_is_named_by_pattern():
    matrix = table.read()
    assert [k for k in matrix.entries if "*" in k and not k.startswith("admin:")] == []


def test_nothing_is_said_twice():
    """Of a name that stands twice in a mapping YAML would quietly take the last."""

    def doubled(node: yaml.Node) -> list[str]:
        found, inner = [], getattr(node, "value", "")
        if isinstance(node, yaml.MappingNode):
            keys = [key.value for key, _value in inner]
            found = [key for key in keys if keys.count(key) > 1]
            inner = [value for _key, value in inner]
        below = inner if isinstance(inner, list) else []
        return found + [each for one in below for each in doubled(one)]

    assert doubled(yaml.compose(table.FILE.read_text(encoding="utf-8"))) == []
