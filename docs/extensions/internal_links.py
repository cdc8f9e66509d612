"""A check of the internal links of the site: pages and anchors must exist."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup
from sphinx.application import Sphinx
from sphinx.util.logging import getLogger

logger = getLogger(__name__)


def check_links(application: Sphinx, exception: Exception | None) -> None:
    """Log a warning for each broken link."""
    if exception or application.builder.name != "html":
        return
    folder = Path(application.outdir)
    pages = {path: BeautifulSoup(path.read_text("utf-8"), "html.parser") for path in folder.rglob("*.html")}
    anchors = {path: {tag["id"] for tag in page.find_all(id=True)} for path, page in pages.items()}
    for path, page in pages.items():
        for link in sorted({tag["href"] for tag in page.find_all(href=True)}):
            url = urlsplit(link)
            if url.scheme or url.netloc:
                continue
            target = (path.parent / unquote(url.path)).resolve() if url.path else path
            if not target.is_file() or (url.fragment and unquote(url.fragment) not in anchors.get(target, ())):
                logger.warning("%s has a broken link: %s", path.relative_to(folder), link)


def setup(application: Sphinx) -> dict[str, bool]:
    """Connect the event handler."""
    application.connect("build-finished", check_links)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
