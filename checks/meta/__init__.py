"""What disclint itself could not do."""
