"""A small browser: one person's cookies, pages with their forms and links, redirects followed."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import requests

VOID = {"input", "br", "img", "hr", "meta", "link", "source", "wbr"}
SKIPPED = {"script", "style"}


class Unexpected(AssertionError):
    """A page is not what the person was led to expect: the text says what was seen."""


@dataclass
class Form:
    """A form as it stands on a page: ``values`` are what it would send if nothing were changed."""

    action: str
    method: str
    values: dict[str, list[str]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    choices: set[str] = field(default_factory=set)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def words(self) -> str:
        """Return what its buttons say."""
        return " | ".join(words for _name, _value, words in self.buttons)


class _Reader(HTMLParser):
    """Takes a page apart: visible text, headings, links, forms."""

    def __init__(self, url: str) -> None:
        super().__init__(convert_charrefs=True)
        self.url = url
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self.marked: list[tuple[str, str]] = []
        self._open: list[tuple[str, dict, int]] = []
        self._form: Form | None = None
        self._select: str = ""

    def handle_starttag(self, tag: str, attributes: list) -> None:
        attrs = {key: value or "" for key, value in attributes}
        if tag == "form":
            action = urljoin(self.url, attrs.get("action") or self.url)
            self._form = Form(action, attrs.get("method", "get").lower())
            self.forms.append(self._form)
        elif tag == "input" and self._form is not None:
            self._input(attrs)
        elif tag == "select":
            self._select = attrs.get("name", "")
            self._know(self._select)
        elif tag == "option" and self._form is not None and self._select:
            chosen = "selected" in attrs or self._select not in self._form.values
            if chosen:
                self._form.values[self._select] = [attrs.get("value", "")]
        if tag not in VOID:
            self._open.append((tag, attrs, len(self.texts)))

    def _input(self, attrs: dict) -> None:
        kind, name = attrs.get("type", "text").lower(), attrs.get("name", "")
        value = attrs.get("value", "on" if kind in ("checkbox", "radio") else "")
        if kind in ("submit", "button", "image"):
            self._form.buttons.append((name, value, value))
        elif name:
            self._know(name)
            if kind in ("checkbox", "radio"):
                self._form.choices.add(value)
                if "checked" in attrs:
                    self._form.values.setdefault(name, []).append(value)
            elif kind != "file":
                self._form.values.setdefault(name, []).append(value)

    def _know(self, name: str) -> None:
        if self._form is not None and name:
            self._form.names.add(name)

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            opened, attrs, start = self._open.pop()
            self._close(opened, attrs, " ".join("".join(self.texts[start:]).split()))
            if opened == tag:
                break
        if tag == "form":
            self._form = None

    def _close(self, tag: str, attrs: dict, words: str) -> None:
        if tag == "a" and "href" in attrs:
            self.links.append((words, urljoin(self.url, attrs["href"])))
        elif tag == "button" and self._form is not None:
            self._form.buttons.append((attrs.get("name", ""), attrs.get("value", ""), words))
        elif tag == "textarea" and self._form is not None and attrs.get("name"):
            self._know(attrs["name"])
            self._form.values[attrs["name"]] = [words]
        elif tag == "select":
            self._select = ""
        self.marked += [(name, words) for name in attrs.get("class", "").split()]
        self.marked.append((tag, words))

    def handle_data(self, data: str) -> None:
        if not self._open or self._open[-1][0] not in SKIPPED:
            self.texts.append(data)


class Page:
    """One answer of the server, as a person sees it."""

    def __init__(self, response: requests.Response) -> None:
        self.response, self.url, self.status = response, response.url, response.status_code
        self._read: _Reader | None = None

    @property
    def read(self) -> _Reader:
        if self._read is None:
            self._read = _Reader(self.url)
            self._read.feed(self.response.text)
            self._read.close()
        return self._read

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def text(self) -> str:
        """Return the visible words with single spaces."""
        return " ".join(" ".join(self.read.texts).split())

    def marked(self, name: str) -> list[str]:
        """Return the words of every element of this tag or class."""
        return [words for mark, words in self.read.marked if mark == name]

    def link(self, *, words: str = "", to: str = "") -> str:
        """Return the address of the first link with these words, or leading to such a path."""
        for said, address in self.read.links:
            if (words and words.casefold() in said.casefold()) or (to and to in address):
                return address
        raise Unexpected(f"no link {words or to!r} on {self.brief()}")

    def form(self, *, to: str = "", button: str = "", having: str = "") -> Form:
        """Return the first form that fits: its address, its button's words, a field or choice."""
        for form in self.read.forms:
            fits = to in form.action and button.casefold() in form.words.casefold()
            if fits and (not having or having in form.names | form.choices):
                return form
        wanted = ", ".join(filter(None, (to, button, having)))
        raise Unexpected(f"no form ({wanted}) on {self.brief()}")

    def has_form(self, **which: str) -> bool:
        """Tell whether there is such a form."""
        try:
            self.form(**which)
        except Unexpected:
            return False
        return True

    def brief(self) -> str:
        """Say in a line what this page is, for a report."""
        words = self.text
        main = words.partition("Skip to the content")[2] or words
        return f"{self.status} {self.path}: {main[:700]}"


class Browser:
    """One person's browser. It keeps cookies and the page that is open."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url.rstrip("/")
        self.session = requests.Session()
        self.session.trust_env = False
        self.page: Page | None = None

    def get(self, address: str, *, expect: int = 200) -> Page:
        """Open an address (a path of ours, or a whole one)."""
        response = self.session.get(urljoin(self.base_url + "/", address), timeout=60)
        return self._land(response, expect)

    def follow(self, *, words: str = "", to: str = "") -> Page:
        """Click a link on the open page."""
        return self.get(self.page.link(words=words, to=to))

    def send(self, form: Form, *, expect: int = 200, files: list | None = None, **fill) -> Page:
        """Fill a form in and press its first button; a field it does not have is a fault.

        A value may be a list (several ticks); None takes a field out.
        """
        unknown = set(fill) - form.names - {name for name, _v, _w in form.buttons}
        if unknown:
            raise Unexpected(f"no field {', '.join(sorted(unknown))} in the form of {form.action}")
        values = {**form.values}
        for name, value in fill.items():
            values[name] = value if isinstance(value, list) else [value]
        data = [(k, v) for k, each in values.items() for v in each if v is not None]
        headers = {"Referer": self.page.url if self.page else self.base_url}
        sent = {"headers": headers, "timeout": 60}
        if form.method == "get":
            return self._land(self.session.get(form.action, params=data, **sent), expect)
        response = self.session.post(form.action, data=data, files=files, **sent)
        return self._land(response, expect)

    def _land(self, response: requests.Response, expect: int) -> Page:
        self.page = Page(response)
        if response.status_code != expect:
            raise Unexpected(f"expected {expect}, saw {self.page.brief()}")
        return self.page
