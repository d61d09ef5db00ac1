"""Cells that rest on few people."""
