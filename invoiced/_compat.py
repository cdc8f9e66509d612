"""The names of `typing` that Python 3.10 has not yet.

Later Pythons load no typing_extensions: it takes as long as half of the library.
"""

import sys

if sys.version_info >= (3, 11):
    from typing import Required, Self, TypedDict, Unpack
else:
    from typing_extensions import Required, Self, TypedDict, Unpack

__all__ = ["Required", "Self", "TypedDict", "Unpack"]
