"""Figures that anybody can measure again: README.md has the commands and the last results.

What begins with an underscore is part of a benchmark; every other module is one, which ``python -m benchmarks.NAME``
runs. With BENCHMARK_TINY it runs everything it can do once and in seconds, which shows that it still works.
"""

import os
from typing import TypeVar

TINY = "BENCHMARK_TINY" in os.environ

T = TypeVar("T")


def size(usual: T, tiny: T) -> T:
    return tiny if TINY else usual
