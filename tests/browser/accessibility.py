"""What does axe find on a page, against WCAG 2.2 A and AA and its own good practice?"""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = Axe()


def barriers(page: Page, *, only: list[str] | None = None, without: dict[str, str] | None = None) -> list[str]:
    """One line for each element and rule; ``only`` these rules, or all ``without`` these, of which it says why."""
    switches = {rule: {"enabled": False} for rule in without or {}} | {"target-size": {"enabled": True}}
    chosen = {"type": "rule", "values": only} if only else {"type": "tag", "values": LEVELS}
    options = {"runOnly": chosen, "resultTypes": ["violations"], **({} if only else {"rules": switches})}
    found = AXE.run(page, options=options).response["violations"]
    return [
        f"{violation['id']} ({violation['impact']}): {' '.join(map(str, node['target']))}: {node['html'][:200]}"
        for violation in found
        for node in violation["nodes"]
    ]
