"""Errors of downloads."""


class DownloadError(Exception):
    """A file could not be downloaded. The message contains no link and no text of a server that is not escaped."""


class LinkError(DownloadError):
    """A link is not https, and does not lead to the API itself or to an API on this machine."""
