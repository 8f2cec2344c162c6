"""Why can something not be done? The reasons an operation gives, as words for code and sentences for people."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """One reason: a word for code and a sentence in the language of the request.

    ``field`` names what it is about, as the forms of pages call it; ``forms.refusing`` shows it there.
    """

    code: str
    text: str
    field: str = ""

    def __str__(self) -> str:
        return self.text


class Refused(Exception):
    """The operation is against the rules; ``reasons`` say why, in the language of the request."""

    def __init__(self, *reasons: Reason) -> None:
        super().__init__(" ".join(reason.text for reason in reasons))
        self.reasons = reasons

    @property
    def codes(self) -> list[str]:
        return [reason.code for reason in self.reasons]
