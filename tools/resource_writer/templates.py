"""Templates of the index of the resources."""

INDEX = '''"""The resources of the API, one module for each chapter. They are imported when they are first used."""

import importlib
from typing import TYPE_CHECKING, Any

from ..object import MODULE_BY_TYPE

if TYPE_CHECKING:
{imports}

_MODULES = {{
{modules}
}}
_MODULE_BY_NAME = {{name: module for module, names in _MODULES.items() for name in names.split()}}

MODULE_BY_TYPE.update(
    {{
{types}
    }}
)


def load(name: str) -> Any:
    """Return a class. Its module is imported when the class is first used."""
    if name not in _MODULE_BY_NAME:
        raise AttributeError(f"module {{__name__!r}} has no attribute {{name!r}}")
    module = importlib.import_module(f"{{__name__}}.{{_MODULE_BY_NAME[name]}}")
    return globals().setdefault(name, getattr(module, name))


if not TYPE_CHECKING:  # otherwise type checkers would accept any name
    __getattr__ = load

    def __dir__() -> list[str]:
        """Return the names of all classes."""
        return sorted({{*globals(), *__all__}})


__all__ = [
{names}
]  # fmt: skip
'''

COLLECTIONS = '''"""The collections of a client, and those of records."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import {classes}

COLLECTIONS = {{
{collections}
}}
"""Attribute of the client, and class of the collection."""

NESTED_COLLECTIONS = {{
{nested}
}}
"""Class and method of a record, and class of the collection that the method returns."""


class Collections:
    """The collections of a client. Each is made when it is first used."""

{attributes}
'''
