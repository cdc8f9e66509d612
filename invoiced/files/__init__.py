"""Files that only their owner can read, each written completely or not at all."""

from .atomic import write_atomically
from .private import create_folder

__all__ = ["create_folder", "write_atomically"]
