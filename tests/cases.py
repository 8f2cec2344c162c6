"""Which cases of a long table the ordinary run tries; CI tries them all."""

from collections.abc import Iterable
from typing import Any

import pytest


def one_in(share: int, cases: Iterable[Any]) -> list[Any]:
    """For ``parametrize``: the others are slow. A case is a value, or a tuple of them."""
    values = [case if isinstance(case, tuple) else (case,) for case in cases]
    return [pytest.param(*each, marks=pytest.mark.slow if number % share else ()) for number, each in enumerate(values)]
