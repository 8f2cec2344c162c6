"""What does axe find on a page, against WCAG 2.2 A and AA and its own good practice?"""

from collections.abc import Sequence
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SCRIPT = Axe().axe_script


def barriers(page: Page) -> list[str]:
    """One line for each element and rule."""
    return _run(page, {"type": "tag", "values": [*LEVELS, "best-practice"]})


def poor_contrast(page: Page) -> list[str]:
    return _run(page, {"type": "rule", "values": ["color-contrast"]})


def barriers_outside(page: Page, parts: Sequence[str]) -> list[str]:
    """Of A and AA alone, where none of these selectors matches.

    Style sheets are not fetched again (only a rule on locked orientation wants it): axe would write elements with
    inline styles into a page that imports style sheets, which the content security policy rightly forbids.
    """
    return _run(page, {"type": "tag", "values": LEVELS}, {"exclude": [[part] for part in parts]}, preload=False)


def _run(page: Page, rules: dict[str, Any], where: dict[str, Any] | None = None, **options: Any) -> list[str]:
    if rules["type"] == "tag":  # axe leaves this rule off unless asked
        options["rules"] = {"target-size": {"enabled": True}}
    options = {"runOnly": rules, "resultTypes": ["violations"], **options}
    if page.evaluate("typeof axe === 'undefined'"):  # half a megabyte: once a page is enough
        page.evaluate(SCRIPT)
    run = "async ([where, how]) => (await axe.run(where, how)).violations"
    found = page.evaluate(run, [where or {"include": [["html"]]}, options])
    return [
        f"{violation['id']} ({violation['impact']}): {' '.join(map(str, node['target']))}: {node['html'][:200]}"
        for violation in found
        for node in violation["nodes"]
    ]
