"""Sets up and looks after the site on one Debian machine. Standard library only: it runs before anything is there."""
