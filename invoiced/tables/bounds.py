"""The bounds of what is read: no table of a person reaches them, and a hostile file cannot exhaust time or memory."""

MAX_FILE_SIZE = 100 * 2**20
"""Bytes of a file, or of a stream such as standard input, of which no more are read."""

MAX_PARTS = 10_000
"""Parts of a workbook, which is an archive."""

MAX_UNPACKED_SIZE = 256 * 2**20
"""Bytes to which the parts of a workbook that are read may unpack together: 20 columns in 240,000 rows."""

MAX_PART_SIZE, MAX_PART_ELEMENTS = 16 * 2**20, 250_000
"""Bytes and XML elements of a part that is read as a whole, such as the styles. A row has no more elements either."""

MAX_OTHER_ELEMENTS = 1_000_000
"""XML elements of a sheet that are outside of its rows, such as merged cells and links."""

MAX_DEPTH = 100
"""Levels to which XML elements are nested."""

MAX_NAMES = 10_000
"""Different names of XML elements and attributes. Programs use a few hundred."""

MAX_MARKUP = 2**20
"""Bytes of an XML tag or comment, which is in memory as a whole."""

MAX_SHEETS = 1_000
"""Sheets of a workbook."""

MAX_ROWS, MAX_COLUMNS = 1_048_576, 16_384
"""Rows and columns of a sheet, as in Excel and LibreOffice. Text has no more columns either, but may have more rows."""

MAX_CELLS = 10_000_000
"""Cells of a table, with the blank ones to the left of others and those that a file has once for many."""

MAX_ROW_LENGTH = 4 * 2**20
"""Characters of the cells of a row, or of a row in JSON."""

MAX_CELL_LENGTH = 131_072
"""Characters of a cell in a workbook. Excel has 32,767. In CSV, the limit is that of Python's module, the same."""

MAX_TITLE_LENGTH = 1_000
"""Characters of a title that are the name of its column."""

MAX_TEXTS = 4_000_000
"""Different texts that the cells of an XLSX workbook share."""

MAX_NUMBER_LENGTH = 300
"""Characters of a number. The time to read one grows faster than its length."""

MAX_BLANK_ROWS = 10_000
"""Rows among which the header is searched, with the blank ones."""
