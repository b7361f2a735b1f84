"""What a mail client makes of the HTML of a mail."""

from html.parser import HTMLParser


class Page(HTMLParser):
    """The elements, and the words between them."""

    def __init__(self, html: str) -> None:
        """Read the page."""
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words = ""
        self.feed(html)

    @property
    def body(self) -> str:
        """Give the words without those of the title."""
        return self.words.strip().partition("\n")[2]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        """Note words."""
        self.words += data
