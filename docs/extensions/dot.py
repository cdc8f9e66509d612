"""A replacement for the command `dot`: draws the graph on standard input to the file of the option -o."""

import sys

from pygraphviz import AGraph

format = next(argument.removeprefix("-T") for argument in sys.argv if argument.startswith("-T"))
path = next(argument.removeprefix("-o") for argument in sys.argv if argument.startswith("-o"))
AGraph(string=sys.stdin.read()).draw(path, format=format, prog="dot")
