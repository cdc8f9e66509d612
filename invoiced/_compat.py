"""Names of `typing` that Python 3.10 lacks.

Later Python versions do not import typing_extensions, which takes half as long as importing the library.
"""

import sys

if sys.version_info >= (3, 11):
    from typing import Required, Self, TypedDict, Unpack
else:
    from typing_extensions import Required, Self, TypedDict, Unpack

__all__ = ["Required", "Self", "TypedDict", "Unpack"]
