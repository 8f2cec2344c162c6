"""How does the typed text of a legal page become HTML? As headings, paragraphs, lists and links; markup is escaped.

``## Heading``, ``- item``, ``1) item``, ``[words](address)``; a blank line parts paragraphs. What stands in double
square brackets is a gap: something that the operator has still to say.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from trainings import mail_texts

_GAP = re.compile(r"\[\[([^\[\]\n]+)\]\]")
_LINK = re.compile(r"\[([^\[\]\n]+)\]\(([^()\s]*)\)")
_LEADS_SOMEWHERE = re.compile(r"(?:/(?!/)|https?://|mailto:)[^{}]*\Z")
_ADDRESS = r"https?://[^\s<>\"'{}]*[^\s<>\"'{}.,;:!?)]"
_MAILBOX = r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+"
_INLINE = re.compile(f"(?P<gap>{_GAP.pattern})|(?P<link>{_LINK.pattern})|(?P<address>{_ADDRESS})|(?P<mail>{_MAILBOX})")
_BEGINS = re.compile(r"(?P<heading>#{2,3})\s+|(?P<ul>-)\s+|(?P<ol>\d{1,2}\))\s+")


@dataclass
class Block:
    """``tag`` is p, ul, ol, h2 or h3; each item of a list, and each paragraph, has lines."""

    tag: str
    items: list[list[str]] = field(default_factory=list)

    @property
    def is_heading(self) -> bool:
        return self.tag in ("h2", "h3")


def as_html(text: str, facts: Mapping[str, str], *, with_gaps: bool) -> SafeString:
    """``with_gaps`` is for those who fill them in: for others a line that has one is left out.

    So is, for everybody, a line whose placeholder has no value, and a heading with nothing below it.
    Raises Malformed.
    """
    lines = [line.strip() for line in text.split("\n")]
    kept = [
        line
        for line in lines
        if all(facts.get(name) != "" for name in mail_texts.names_in(line)) and (with_gaps or not _GAP.search(line))
    ]
    html = "\n".join(_html(block) for block in _with_something_below([*_blocks(kept)]))
    values = {name: _value(name, value) for name, value in facts.items()}
    return mark_safe(mail_texts.filled_text(html, values))  # noqa: S308  text and values are escaped


def gaps_in(text: str) -> list[str]:
    return [gap.strip() for gap in _GAP.findall(text)]


def problems_of_links(text: str) -> list[str]:
    """Why the text cannot be saved, in the active language; empty if it can."""
    wrong = [address for _words, address in _LINK.findall(text) if not _LEADS_SOMEWHERE.match(address)]
    said = _("„%(address)s“ ist keine Adresse: Links beginnen mit /, https:// oder mailto:.")
    return [said % {"address": address} for address in wrong]


def _blocks(lines: list[str]) -> Iterator[Block]:
    block = None
    for line in lines:
        begins = _BEGINS.match(line)
        tag = _tag(begins) if begins else ""
        rest = line[begins.end() :] if begins else line
        if block and (not line or (tag and tag != block.tag) or block.is_heading):
            yield block
            block = None
        if not line:
            continue
        if block is None:
            block = Block(tag or "p", [[rest]])
        elif tag:
            block.items.append([rest])
        else:
            block.items[-1].append(rest)
    if block:
        yield block


def _tag(begins: re.Match[str]) -> str:
    return f"h{len(begins['heading'])}" if begins["heading"] else "ul" if begins["ul"] else "ol"


def _with_something_below(blocks: list[Block]) -> list[Block]:
    kept: list[Block] = []
    for block in reversed(blocks):
        nothing_below = not kept or (kept[-1].is_heading and kept[-1].tag <= block.tag)
        if not (block.is_heading and nothing_below):
            kept.append(block)
    return kept[::-1]


def _html(block: Block) -> str:
    items = [mark_safe("<br>\n".join(_inline(line) for line in item)) for item in block.items]  # noqa: S308  escaped
    if block.tag in ("ul", "ol"):
        inside = format_html_join("\n", "<li>{}</li>", ((item,) for item in items))
    else:
        [inside] = items
    return f"<{block.tag}>{inside}</{block.tag}>"


def _inline(line: str) -> str:
    parts, end = [], 0
    for found in _INLINE.finditer(line):
        parts += [conditional_escape(line[end : found.start()]), _marked(found)]
        end = found.end()
    return "".join([*parts, conditional_escape(line[end:])])


def _marked(found: re.Match[str]) -> str:
    if found["gap"]:
        return format_html('<mark class="app-fill-in">[{}]</mark>', gaps_in(found[0])[0])
    if found["link"]:
        [(words, address)] = _LINK.findall(found[0])
        leads_somewhere = _LEADS_SOMEWHERE.match(address)
        return format_html('<a href="{}">{}</a>', address, words) if leads_somewhere else conditional_escape(found[0])
    return _link(found[0])


def _link(address: str) -> SafeString:
    return format_html('<a href="{}{}">{}</a>', "mailto:" if "://" not in address else "", address, address)


def _value(name: str, value: str) -> str:
    return _link(value) if name == "contact_email" else conditional_escape(value)
