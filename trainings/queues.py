"""Which queues does a worker empty? Each app registers its own when it starts.

A queue is rows with a lease (``models.LeasedQuerySet``). What empties it does what is due as long as ``go_on`` says so,
and may run in any number of workers at once.
"""

from collections.abc import Callable

GoOn = Callable[[], bool]
QUEUES: dict[str, Callable[[GoOn], object]] = {}


def register(name: str, empty: Callable[[GoOn], object]) -> None:
    QUEUES[name] = empty
