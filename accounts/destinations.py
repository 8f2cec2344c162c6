"""Where does signing in lead, and what does its page say of where somebody wants to go? Apps above say it of theirs."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.shortcuts import resolve_url
from django.urls import Resolver404, resolve

from accounts.models import User

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


# By whom the person is for that app: the page they work on; empty where the app has none for them.
_homes: list[Callable[[User], str]] = []


def register_home(home: Callable[[User], str]) -> None:
    """Called when the apps start."""
    if home not in _homes:
        _homes.append(home)


def home_of(person: object) -> str:
    """Where signing in leads whoever asked for no other page."""
    # Once the site can only be read nobody works on it any more.
    homes = _homes if isinstance(person, User) and not settings.SITE_READ_ONLY else []
    pages = (home(person) for home in homes if isinstance(person, User))
    return resolve_url(next(filter(None, pages), settings.LOGIN_REDIRECT_URL))
