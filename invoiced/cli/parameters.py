"""Parameters of the library's methods become options."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import partial
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import click
from typing_extensions import NotRequired, Required, Unpack, get_type_hints, is_typeddict

from invoiced.cli.discovery import hints_of, kebab
from invoiced.cli.meanings import meanings_in
from invoiced.cli.values import read_amount, read_json, read_list, read_mapping, read_time

PREFIX = "field_"
OF_EVERY_CALL = {"self", "id", "timeout", "deadline", "idempotency_key", "prefetch"}
OPTIONS_OF_COMMANDS = {
    "api-key-file", "clear", "columns", "debug", "help", "idempotency-key", "limit", "output", "sandbox", "yes",
}  # fmt: skip

Kind = Literal["flag", "choice", "text", "number", "amount", "time", "list", "mapping", "json"]


@dataclass(frozen=True)
class Parameter:
    """A parameter of a method that is an option of its command."""

    name: str
    annotation: Any
    required: bool = False
    option: str = ""
    """Its option, without the dashes."""
    meaning: str = ""
    """What it is; empty where the library does not say it."""

    @property
    def types(self) -> tuple[Any, ...]:
        """The types that it may have, without that of None."""
        union = get_origin(self.annotation) in (Union, UnionType)
        types = get_args(self.annotation) if union else (self.annotation,)
        return tuple(one for one in types if one is not NoneType)

    @property
    def nullable(self) -> bool:
        """Whether it may be null."""
        return NoneType in get_args(self.annotation)

    @property
    def kind(self) -> Kind:
        """How its option is written."""
        types = self.types
        if types == (bool,):
            return "flag"
        if types == (int,):
            return "number"
        if str in types and set(types) <= {str, int}:
            return "text"
        if set(types) <= {Decimal, float, int}:
            return "amount"
        if set(types) <= {int} | {one for one in types if isinstance(one, type) and issubclass(one, date)}:
            return "time"
        if len(types) == 1:
            return _kind_of_one(types[0])
        return "json"

    @property
    def choices(self) -> tuple[str, ...]:
        """The values of a "choice"."""
        return get_args(self.types[0])

    @property
    def holds_plain_texts(self) -> bool:
        """Whether the items of a "list" are texts."""
        items = Parameter("item", (*get_args(self.types[0]), Any)[0])
        return items.kind in {"text", "choice"}


def _kind_of_one(annotation: Any) -> Kind:
    if _origin(annotation) is Literal and all(isinstance(value, str) for value in get_args(annotation)):
        return "choice"
    origin = _origin(annotation) or annotation
    if not isinstance(origin, type) or is_typeddict(origin):
        return "json"
    if issubclass(origin, Mapping):
        return "mapping"
    return "list" if issubclass(origin, Sequence) else "json"


# That of typing_extensions is another than Python 3.11's.
_UNPACK = (Unpack, getattr(typing, "Unpack", Unpack))


def parameters_of(method: Callable[..., Any], *, taken: str = "") -> list[Parameter]:
    """What a call takes beyond an id and what every call takes: its own parameters, and those of its TypedDict.

    One that has the name of an option of commands, or of the option `taken`, gets another option: `--limit-field`.
    """
    hints = hints_of(method)
    found: list[Parameter] = []
    for name, parameter in inspect.signature(method).parameters.items():
        hint = hints.get(name, Any)
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            if get_origin(hint) in _UNPACK:
                found += _keys_of(get_args(hint)[0])
        elif parameter.kind is not inspect.Parameter.VAR_POSITIONAL and name not in OF_EVERY_CALL:
            found.append(Parameter(name, hint, parameter.default is inspect.Parameter.empty))
    found.sort(key=lambda one: not one.required)
    return [replace(one, option=_free(kebab(one.name), OPTIONS_OF_COMMANDS | {taken})) for one in found]


def _free(option: str, reserved: Set[str]) -> str:
    return f"{option}-field" if option in reserved else option


def is_write(method: Callable[..., Any]) -> bool:
    """Whether a call changes something or sends it."""
    return "idempotency_key" in inspect.signature(method).parameters


def _keys_of(typed_dict: Any) -> list[Parameter]:
    # Where annotations are texts, `__required_keys__` alone does not know of Required and NotRequired.
    hints, marked = get_type_hints(typed_dict), get_type_hints(typed_dict, include_extras=True)
    required = typed_dict.__required_keys__ | {name for name in hints if _origin(marked[name]) is Required}
    required -= {name for name in hints if _origin(marked[name]) is NotRequired}
    meanings = meanings_in(typed_dict)
    return [Parameter(name, hint, name in required, meaning=meanings.get(name, "")) for name, hint in hints.items()]


def _origin(hint: Any) -> Any:
    return get_origin(hint)


METAVARS: Mapping[str, str] = {
    "text": "TEXT",
    "number": "NUMBER",
    "amount": "AMOUNT",
    "time": "TIME",
    "list": "ITEM|JSON|@FILE",
    "mapping": "KEY=VALUE|JSON|@FILE",
    "json": "JSON|@FILE",
}
READERS: Mapping[str, Callable[[str], Any]] = {"amount": read_amount, "time": read_time, "json": read_json}


def option_for(parameter: Parameter) -> click.Option:
    """The option of a parameter."""
    flag, kind = f"--{parameter.option}", parameter.kind
    meaning = parameter.meaning or parameter.name.replace("_", " ").capitalize() + "."
    attributes: dict[str, Any] = {"required": parameter.required, "help": meaning + _rule(parameter)}
    if kind == "flag":
        flag = f"{flag}/--no-{parameter.option}"
        if not parameter.required:
            attributes["default"] = None  # Neither of the two.
    elif kind == "choice":
        attributes["type"] = click.Choice(parameter.choices)
    else:
        attributes.update(metavar=_metavar(parameter), type=click.INT if kind == "number" else click.STRING)
    if kind in {"list", "mapping"}:
        reader = read_mapping if kind == "mapping" else partial(read_list, plain=parameter.holds_plain_texts)
        attributes.update(multiple=True, callback=_reading(reader))
    elif kind in READERS:
        attributes["callback"] = _reading(READERS[kind])
    return click.Option([flag, PREFIX + parameter.name], **attributes)


def _metavar(parameter: Parameter) -> str:
    plain = parameter.kind != "list" or parameter.holds_plain_texts
    return METAVARS[parameter.kind if plain else "json"]


def _rule(parameter: Parameter) -> str:
    if parameter.kind == "time":
        return " Unix seconds, 2026-11-01, or a time with its zone."
    return " May be repeated." if parameter.kind in {"list", "mapping"} else ""


def _reading(reader: Callable[[Any], Any]) -> Callable[..., Any]:
    def read(context: click.Context, option: click.Parameter, given: Any) -> Any:
        if given is None or given == ():
            return None
        try:
            return reader(given)
        except ValueError as error:
            raise click.BadParameter(str(error)) from None

    return read


def given(parameters: Iterable[Parameter], options: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that were given, of all the options that a command got."""
    values = {one.name: options.get(PREFIX + one.name) for one in parameters}
    return {name: value for name, value in values.items() if value is not None}
