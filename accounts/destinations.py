"""What does the page for signing in say of the page somebody wants to go to? Apps above say it of theirs."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.urls import Resolver404, resolve

# By the name of the page: a sentence for whoever is not signed in yet, from what its address names; empty for none.
_sentences: dict[str, Callable[..., str]] = {}


def register(page: str, sentence: Callable[..., str]) -> None:
    """Called when the apps start."""
    _sentences[page] = sentence


def sentence_for(url: str) -> str:
    """``url`` is a page of this site; empty where nobody says anything of it."""
    try:
        found = resolve(urlsplit(url).path)
    except (Resolver404, ValueError):
        return ""
    sentence = _sentences.get(found.view_name)
    return sentence(**found.kwargs) if sentence else ""
