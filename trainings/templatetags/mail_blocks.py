"""Of what is a mail built? Blocks that its one template names, each written as HTML or as plain text.

Composing renders a template twice; ``as_text`` says for which part. As text, blocks are set apart by blank lines, of
which composing keeps one.
"""

import re
from typing import Any

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from trainings.mail_texts import as_html

register = template.Library()


def _line(content: str) -> str:
    """Without the blanks around breaks that the template's own layout leaves."""
    return re.sub(r"[ \t]*\n[ \t]*", "\n", content.strip())


@register.simple_block_tag(takes_context=True)
def paragraph(context: Context, content: SafeString) -> str:
    if context["as_text"]:
        return f"{_line(content)}\n\n"
    return format_html('<p style="margin:0 0 16px">{}</p>', content)


@register.simple_block_tag(takes_context=True)
def lead(context: Context, content: SafeString, after: int = 8) -> str:
    """A line that introduces what stands on the next line of the template; ``after`` is the distance in pixels."""
    if context["as_text"]:
        return _line(content)
    return format_html('<p style="margin:0 0 {}px">{}</p>', after, content)


@register.simple_block_tag(takes_context=True)
def subheading(context: Context, content: SafeString) -> str:
    if context["as_text"]:
        return _line(content)
    return format_html('<h2 style="margin:24px 0 8px;font-size:18px;line-height:1.3">{}</h2>', content)


@register.simple_block_tag(takes_context=True)
def bullets(context: Context, content: SafeString) -> str:
    """A list: each ``item`` on a line of its own in the template."""
    if context["as_text"]:
        return f"{content.strip()}\n\n"
    return format_html('<ul style="margin:0 0 16px;padding-left:20px">{}</ul>', content)


@register.simple_block_tag(takes_context=True)
def item(context: Context, content: SafeString, after: int = 4, *, apart: bool = False) -> str:
    """``apart`` from the next by a blank line and without a dash, where an item has several lines."""
    if context["as_text"]:
        return f"{_line(content)}\n" if apart else "- " + _line(content).replace("\n", "\n  ")
    return format_html('<li style="margin:0 0 {}px">{}</li>', after, content)


@register.simple_block_tag(takes_context=True)
def link(context: Context, content: SafeString, url: str) -> str:
    """After a sentence that says where it leads: the text shows the address, below, in place of the content."""
    return f"\n{url}" if context["as_text"] else _anchor(url, content)


@register.simple_block_tag(takes_context=True)
def button(context: Context, content: SafeString, url: str) -> str:
    """What the mail asks for, to be found at once: above the facts. The text shows the address below the words."""
    if context["as_text"]:
        return f"{content}:\n{url}\n\n"
    look = (
        "display:inline-block;padding:12px 20px;border:2px solid #ffffff;border-radius:4px;"
        "background:#171a2b;color:#ffffff;font-weight:bold;text-decoration:none"
    )
    return format_html('<p style="margin:0 0 16px"><a href="{}" style="{}">{}</a></p>', url, look, content)


@register.simple_block_tag(takes_context=True)
def linked(context: Context, content: SafeString, url: str, rest: str = "", *, below: bool = False) -> str:
    """Words that are themselves the link, and what follows them: the text shows the address after both."""
    if context["as_text"]:
        return f"{content}{rest}{chr(10) if below else ': '}{url}"
    return format_html("{}{}", _anchor(url, content), rest)


@register.simple_block_tag(takes_context=True)
def strong(context: Context, content: SafeString) -> str:
    return content if context["as_text"] else format_html("<strong>{}</strong>", content)


@register.simple_tag(takes_context=True)
def br(context: Context) -> str:
    return "\n" if context["as_text"] else mark_safe("<br>")


@register.simple_tag(takes_context=True)
def personal_code_picture(context: Context) -> str:
    """The QR code that travels with the mail; black on white also where the mail program is dark. Nothing as text."""
    if context["as_text"]:
        return ""
    look = "display:block;width:200px;height:200px;background:#ffffff"
    tag = '<p style="margin:0 0 8px"><img src="cid:{}" width="200" height="200" alt="{}" style="{}"></p>'
    return format_html(tag, context["code_cid"], gettext("QR-Code zum Einchecken"), look)


@register.simple_tag(takes_context=True)
def prose(context: Context, text: str) -> str:
    """What coordinators have written, with its own paragraphs."""
    return f"{text}\n\n" if context["as_text"] else as_html(text)


def _anchor(url: str, content: Any) -> SafeString:
    return format_html('<a href="{}" style="color:inherit">{}</a>', url, content)
