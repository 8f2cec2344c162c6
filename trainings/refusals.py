"""Why can something not be done? The reasons an operation gives, as words for code and sentences for people."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """One reason: a word for code and a sentence in the language of the request."""

    code: str
    text: str

    def __str__(self) -> str:
        return self.text


class Refused(Exception):
    """The operation is against the rules; ``reasons`` say why, in the language of the request."""

    def __init__(self, *reasons: Reason) -> None:
        super().__init__("; ".join(reason.code for reason in reasons))
        self.reasons = reasons
