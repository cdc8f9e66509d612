"""Checks the links of the built site that stay inside it: their page must be there, and their place on the page."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup
from sphinx.application import Sphinx
from sphinx.util.logging import getLogger

logger = getLogger(__name__)


def check_links(application: Sphinx, exception: Exception | None) -> None:
    """Warn of each link that leads nowhere."""
    if exception or application.builder.name != "html":
        return
    folder = Path(application.outdir)
    pages = {path: BeautifulSoup(path.read_text("utf-8"), "html.parser") for path in folder.rglob("*.html")}
    places = {path: {tag["id"] for tag in page.find_all(id=True)} for path, page in pages.items()}
    for path, page in pages.items():
        for link in sorted({tag["href"] for tag in page.find_all(href=True)}):
            url = urlsplit(link)
            if url.scheme or url.netloc:
                continue
            target = (path.parent / unquote(url.path)).resolve() if url.path else path
            if not target.is_file() or (url.fragment and unquote(url.fragment) not in places.get(target, ())):
                logger.warning("%s has a link that leads nowhere: %s", path.relative_to(folder), link)


def setup(application: Sphinx) -> dict[str, bool]:
    """Take part in the build."""
    application.connect("build-finished", check_links)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
