"""What do the legal pages say, in which version, and what is still missing on them?"""

from trainings.legal_pages.facts import PLACEHOLDERS, facts
from trainings.legal_pages.prose import as_html, gaps_in
from trainings.legal_pages.versions import PageStanding, current, problems, public, save, shown, standings, tidied
