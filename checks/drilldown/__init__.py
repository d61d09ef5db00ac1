"""Ways from an aggregate down to single persons."""
