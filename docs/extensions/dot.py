"""Draws as the command `dot` does: what standard input describes, in the format and to the file that are asked for."""

import sys

from pygraphviz import AGraph

format = next(argument.removeprefix("-T") for argument in sys.argv if argument.startswith("-T"))
path = next(argument.removeprefix("-o") for argument in sys.argv if argument.startswith("-o"))
AGraph(string=sys.stdin.read()).draw(path, format=format, prog="dot")
