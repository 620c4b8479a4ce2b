"""A page as a test reads it: its elements and its text, by the standard library's parser."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

from werkzeug.test import TestResponse

_VOID = frozenset({"input", "img", "meta", "link", "br"})


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    text: str = ""

    def __getitem__(self, name: str) -> str:
        return self.attributes[name]

    def get(self, name: str) -> str | None:
        return self.attributes.get(name)


@dataclass
class Document(HTMLParser):
    elements: list[Element] = field(default_factory=list)
    _open: list[Element] = field(default_factory=list)

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements, self._open = [], []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def all(self, tag: str, **attributes: str) -> list[Element]:
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [
            element
            for element in self.elements
            if element.tag == tag and wanted.items() <= element.attributes.items()
        ]

    def one(self, tag: str, **attributes: str) -> Element:
        found = self.all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} of {tag} {attributes}"
        return found[0]

    def by_name(self, name: str) -> Element:
        (found,) = (element for element in self.elements if element.get("name") == name)
        return found

    @property
    def text(self) -> str:
        return " ".join(self.one("body").text.split())

    @property
    def hidden(self) -> dict[str, str]:
        """The hidden fields of the page's forms."""
        return {e["name"]: e.get("value") or "" for e in self.all("input", type="hidden")}


def read(answer: TestResponse, status: int = 200) -> Document:
    """The page of an answer, which must be one."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "text/html"
    return Document(answer.text)
