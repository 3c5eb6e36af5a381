"""What a benchmark says at its end: printed, and with INTO=docs/performance.md kept there too, in place of the last run's."""

import os
import re
from pathlib import Path


def tell(name: str, text: str) -> None:
    """Print a run's result. In the file that INTO names it replaces the block that follows `<!-- name -->`."""
    print(text)
    if into := os.environ.get("INTO"):
        file = Path(into)
        file.write_text(replaced(file.read_text("utf-8"), name, text), "utf-8")


def replaced(page: str, name: str, text: str) -> str:
    """A page of Markdown with another text in the fenced block after that comment. Raises ValueError without one."""
    block = re.compile(rf"(<!-- {re.escape(name)} -->\n```text\n).*?(```\n)", re.DOTALL)
    changed, count = block.subn(lambda found: f"{found[1]}{text.rstrip()}\n{found[2]}", page)
    if count != 1:
        raise ValueError(f"there is no block {name!r} to replace, or more than one")
    return changed
