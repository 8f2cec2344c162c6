"""How is the database copied while people write, how does one know that a copy is whole, and how does it come back?"""

from config.backups.files import keep_newest, take
from config.backups.restoring import restore, verify
from config.backups.sides import CannotBackUp
