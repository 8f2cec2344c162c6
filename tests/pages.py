"""Reads a page as people do: its main part as text, its links, and the forms as a browser would send them."""

import re
from html.parser import HTMLParser
from typing import Any

from django.http import HttpResponse

SILENT = {"script", "style", "svg", "head"}
VOID = {"input", "br", "img", "meta", "link", "hr", "wbr", "source"}
BLOCKS = {
    "p",
    "li",
    "div",
    "h1",
    "h2",
    "h3",
    "td",
    "th",
    "tr",
    "dt",
    "dd",
    "legend",
    "label",
    "option",
    "br",
    "a",
    "button",
}


class Page(HTMLParser):
    """``text`` of the main part, ``headings``, ``links`` as {words: address}, ``forms`` as [{name: value}]."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.parts: list[str] = []
        self.links: dict[str, str] = {}
        self.headings: list[str] = []
        self.errors: list[str] = []
        self.alerts: list[str] = []
        self.forms: list[dict[str, str]] = []
        self._since: list[tuple[str, int, dict[str, str]]] = []
        self._select = ""
        self.feed(response.content.decode())
        self.text = normal("".join(self.parts))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag not in VOID:
            self.stack.append(tag)
        if tag in BLOCKS:
            self.parts.append(" ")
        if tag not in VOID:
            self._since.append((tag, len(self.parts), values))
        if tag == "form":
            self.forms.append({})
        elif tag == "select":
            self._select = values.get("name", "")
        elif tag == "option" and "selected" in values and self.forms:
            self.forms[-1][self._select] = values.get("value", "")
        elif tag == "input" and self.forms and "name" in values:
            kind = values.get("type", "text")
            if kind not in {"radio", "checkbox"} or "checked" in values:
                self.forms[-1][values["name"]] = values.get("value", "on" if kind == "checkbox" else "")

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID or tag not in self.stack:
            return
        while self.stack and self.stack.pop() != tag:
            self._since.pop()
        opened, start, values = self._since.pop()
        words = normal("".join(self.parts[start:]))
        classes = values.get("class", "").split()
        if opened == "a" and "href" in values:
            self.links[words] = values["href"]
        if opened in {"h1", "h2", "h3"}:
            self.headings.append(words)
        if opened == "textarea" and self.forms:
            self.forms[-1][values["name"]] = words
        if "kern-error" in classes:
            self.errors.append(words)
        if "kern-alert" in classes:
            self.alerts.append(words)
        if tag in BLOCKS:
            self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        if "main" in self.stack and not SILENT & set(self.stack):
            self.parts.append(data)

    def form(self, *names: str) -> dict[str, str]:
        """What a browser would send of the form that has fields of these names."""
        found = [form for form in self.forms if set(names) <= set(form)]
        assert len(found) == 1, [sorted(form) for form in self.forms]
        return dict(found[0])


def normal(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def read(response: Any, status: int = 200) -> Page:
    assert response.status_code == status, (response.status_code, getattr(response, "url", ""))
    return Page(response)
