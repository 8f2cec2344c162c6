"""How do stored facts become the nouns again? Those of an older version lack what was added since; it is empty."""

import datetime as dt
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import Any, get_args, get_origin, get_type_hints

from evidence.facts.nouns import PeriodEvidence
from trainings.reporting import Number

_EMPTY: dict[Any, Any] = {str: "", int: 0, bool: False, list: [], dict: {}}


def evidence_from(stored: Mapping[str, Any]) -> PeriodEvidence:
    """What ``as_json`` made of it."""
    found: PeriodEvidence = _noun(PeriodEvidence, stored)
    return found


def _noun(kind: type, stored: Mapping[str, Any]) -> Any:
    hints = get_type_hints(kind)
    return kind(**{one.name: _value(hints[one.name], stored.get(one.name)) for one in fields(kind)})


def _value(kind: Any, stored: Any) -> Any:
    if kind == Number:
        return Decimal(stored) if isinstance(stored, str) else stored
    if isinstance(kind, types.UnionType):  # something or None
        if stored is None:
            return None
        [kind] = [one for one in get_args(kind) if one is not type(None)]
    if stored is None:
        return _EMPTY.get(get_origin(kind) or kind)
    if is_dataclass(kind):
        return _noun(kind, stored)  # type: ignore[arg-type]
    if get_origin(kind) is list:
        return [_value(get_args(kind)[0], one) for one in stored]
    if get_origin(kind) is dict:
        of_key, of_value = get_args(kind)
        return {of_key(key): _value(of_value, value) for key, value in stored.items()}
    if kind is dt.datetime:
        return dt.datetime.fromisoformat(stored)
    return dt.date.fromisoformat(stored) if kind is dt.date else stored
