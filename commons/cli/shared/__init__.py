"""What commands have in common: options and what they turn into, and how results look in a terminal."""
