"""Findings that were accepted: marked with who accepted them and why, never dropped."""
