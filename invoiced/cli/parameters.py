"""Conversion of method parameters to command line options."""

from __future__ import annotations

import inspect
import os
import re
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
from invoiced.cli.docstrings import argument_descriptions, docstring_of, field_descriptions
from invoiced.cli.secret_values import SECRET_FIELDS, check_argument, parse_secret
from invoiced.cli.values import parse_amount, parse_json, parse_list, parse_mapping, parse_time

PREFIX = "field_"
CALL_OPTIONS = {"timeout", "deadline", "idempotency_key", "prefetch", "strict"}
RESERVED_OPTIONS = {
    "api-key-file", "clear", "columns", "debug", "field", "help", "idempotency-key", "limit", "output", "sandbox",
    "yes",
}  # fmt: skip

Kind = Literal["flag", "choice", "text", "number", "amount", "time", "list", "mapping", "path", "json", "secret"]


@dataclass(frozen=True)
class Parameter:
    """A method parameter that becomes an option of the command."""

    name: str
    annotation: Any
    required: bool = False
    option: str = ""
    """Name of the option, without dashes."""
    description: str = ""
    """Description from the library, if it has one."""

    @property
    def types(self) -> tuple[Any, ...]:
        """Accepted types, except None."""
        is_union = get_origin(self.annotation) in (Union, UnionType)
        types = get_args(self.annotation) if is_union else (self.annotation,)
        return tuple(cls for cls in types if cls is not NoneType)

    @property
    def nullable(self) -> bool:
        """Return whether None is accepted."""
        return NoneType in get_args(self.annotation)

    @property
    def kind(self) -> Kind:
        """Kind of the option, which determines its syntax."""
        types = self.types
        if self.name in SECRET_FIELDS:
            return "secret"
        if any(get_origin(cls) is os.PathLike for cls in types):
            return "path"
        if types == (bool,):
            return "flag"
        if types == (int,):
            return "number"
        if str in types and set(types) <= {str, int}:
            return "text"
        if set(types) <= {Decimal, float, int}:
            return "amount"
        if set(types) <= {int} | {cls for cls in types if isinstance(cls, type) and issubclass(cls, date)}:
            return "time"
        if len(types) == 1:
            return _kind_of_type(types[0])
        return "json"

    @property
    def choices(self) -> tuple[str, ...]:
        """Allowed values of a "choice"."""
        return get_args(self.types[0])

    @property
    def has_text_items(self) -> bool:
        """Return whether the items of a "list" are text."""
        items = Parameter("item", (*get_args(self.types[0]), Any)[0])
        return items.kind in {"text", "choice"}


def _kind_of_type(annotation: Any) -> Kind:
    if get_origin(annotation) is Literal and all(isinstance(value, str) for value in get_args(annotation)):
        return "choice"
    origin = get_origin(annotation) or annotation
    if not isinstance(origin, type) or is_typeddict(origin):
        return "json"
    if issubclass(origin, Mapping):
        return "mapping"
    return "list" if issubclass(origin, Sequence) else "json"


# typing_extensions.Unpack is not typing.Unpack on Python 3.11.
_UNPACK = (Unpack, getattr(typing, "Unpack", Unpack))


def parameters_of(method: Callable[..., Any], *, reserved: str = "") -> list[Parameter]:
    """Return a method's own parameters and the keys of its TypedDict, without the parameters common to all methods.

    A parameter whose name is taken by an option of all commands, or by `reserved`, is renamed: `--limit-field`.
    """
    hints, descriptions = hints_of(method), argument_descriptions(method)
    parameters: list[Parameter] = []
    for name, parameter in inspect.signature(method).parameters.items():
        hint = hints.get(name, Any)
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            if get_origin(hint) in _UNPACK:
                parameters += _typed_dict_parameters(get_args(hint)[0])
        elif parameter.kind is not inspect.Parameter.VAR_POSITIONAL and name not in {"self", "id"}:
            parameters.append(
                Parameter(
                    name, hint, parameter.default is inspect.Parameter.empty, description=descriptions.get(name, "")
                )
            )
    parameters = [parameter for parameter in parameters if parameter.name not in CALL_OPTIONS]
    parameters.sort(key=lambda parameter: not parameter.required)
    taken = RESERVED_OPTIONS | {reserved}
    return [replace(parameter, option=_option_name(parameter.name, taken)) for parameter in parameters]


def _option_name(name: str, taken: Set[str]) -> str:
    option = kebab(name)
    return f"{option}-field" if option in taken else option


def is_write(method: Callable[..., Any]) -> bool:
    """Return whether a method may change or send something, unless its docstring says that it sends a GET request."""
    return takes_key(method) or not re.search(r"\bGET\b", docstring_of(method))


def takes_key(method: Callable[..., Any]) -> bool:
    """Return whether a method takes an idempotency key, as those that send a POST or PATCH do."""
    if "idempotency_key" in inspect.signature(method).parameters or takes_any_field(method):
        return True
    return any("idempotency_key" in get_type_hints(params) for params in typed_dicts_of(method))


def takes_any_field(method: Callable[..., Any]) -> bool:
    """Return whether the fields of a method's request are not declared."""
    keywords = (p.name for p in inspect.signature(method).parameters.values() if p.kind is p.VAR_KEYWORD)
    return any(hints_of(method).get(name, Any) is Any for name in keywords)


def takes_fields(method: Callable[..., Any]) -> bool:
    """Return whether a method takes fields as keywords, not only options of the call."""
    return takes_any_field(method) or any(get_type_hints(keys).keys() - CALL_OPTIONS for keys in typed_dicts_of(method))


def typed_dicts_of(method: Callable[..., Any]) -> list[Any]:
    """Return the types of the keyword arguments of a method."""
    return [get_args(hint)[0] for hint in hints_of(method).values() if get_origin(hint) in _UNPACK]


def _typed_dict_parameters(typed_dict: Any) -> list[Parameter]:
    # With annotations as strings, `__required_keys__` does not take Required and NotRequired into account.
    hints, qualified = get_type_hints(typed_dict), get_type_hints(typed_dict, include_extras=True)
    required = typed_dict.__required_keys__ | {name for name in hints if _is_qualified(qualified[name], Required)}
    required -= {name for name in hints if _is_qualified(qualified[name], NotRequired)}
    descriptions = field_descriptions(typed_dict)
    return [
        Parameter(name, hint, name in required, description=descriptions.get(name, "")) for name, hint in hints.items()
    ]


def _is_qualified(hint: Any, qualifier: Any) -> bool:
    return get_origin(hint) is qualifier


METAVARS: Mapping[str, str] = {
    "text": "TEXT",
    "number": "NUMBER",
    "amount": "AMOUNT",
    "time": "TIME",
    "list": "ITEM|JSON|@FILE",
    "path": "FILE",
    "mapping": "KEY=VALUE|JSON|@FILE",
    "json": "JSON|@FILE",
    "secret": "@FILE|-",
}
PARSERS: Mapping[str, Callable[[str], Any]] = {"amount": parse_amount, "time": parse_time, "json": parse_json}


def option_for(parameter: Parameter) -> click.Option:
    """Return the option of a parameter."""
    flag, kind = f"--{parameter.option}", parameter.kind
    description = parameter.description or _description_of(parameter.name)
    attributes: dict[str, Any] = {"required": parameter.required, "help": description + _syntax_help(parameter)}
    if kind == "flag":
        flag = f"{flag}/--no-{parameter.option}"
        if not parameter.required:
            attributes["default"] = None  # neither --x nor --no-x was given
    elif kind == "choice":
        attributes["type"] = click.Choice(parameter.choices)
    else:
        attributes.update(metavar=_metavar(parameter), type=click.INT if kind == "number" else click.STRING)
    if kind in {"list", "mapping"}:
        parser = parse_mapping if kind == "mapping" else partial(parse_list, text_items=parameter.has_text_items)
        attributes.update(multiple=True, callback=_callback(parser, checked=parameter.name != "metadata"))
    elif kind == "secret":
        attributes["callback"] = _callback(partial(parse_secret, label=description.partition(".")[0]))
    elif kind in PARSERS:
        attributes["callback"] = _callback(PARSERS[kind], checked=kind == "json")
    return click.Option([flag, PREFIX + parameter.name], **attributes)


def _description_of(name: str) -> str:
    words = name.replace("_", " ")
    return f"ID of the {words.removesuffix(' id')}." if words.endswith(" id") else f"{words.capitalize()}."


def _metavar(parameter: Parameter) -> str:
    is_json_list = parameter.kind == "list" and not parameter.has_text_items
    return METAVARS["json" if is_json_list else parameter.kind]


def _syntax_help(parameter: Parameter) -> str:
    if parameter.kind == "time":
        return " Unix seconds, 2026-11-01, or a time with a time zone."
    if parameter.kind == "secret":
        return " Read from a file or, with -, from a prompt or standard input."
    return " May be repeated." if parameter.kind in {"list", "mapping"} else ""


def _callback(parser: Callable[[Any], Any], *, checked: bool = False) -> Callable[..., Any]:
    def parse(context: click.Context, option: click.Parameter, value: Any) -> Any:
        if value is None or value == () or context.resilient_parsing:
            return None
        try:
            for text in (value if isinstance(value, tuple) else (value,)) if checked else ():
                check_argument(text, instead="give @FILE")
            return parser(value)
        except ValueError as error:
            raise click.BadParameter(str(error)) from None

    return parse


def given(parameters: Iterable[Parameter], options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of the parameters that were given, from all options of a command."""
    values = {parameter.name: options.get(PREFIX + parameter.name) for parameter in parameters}
    return {name: value for name, value in values.items() if value is not None}
