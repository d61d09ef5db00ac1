"""Formula languages: text to typed tree to the tool-neutral expression, and lineage; no I/O."""
