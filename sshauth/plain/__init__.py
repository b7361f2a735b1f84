"""The same journeys line by line, for who cannot see a screen and for terminals that cannot show one."""
