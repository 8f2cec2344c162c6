"""In what is teaching counted? Minutes are stored, teaching units (UE) follow from them."""

MINUTES_PER_UNIT = 45
