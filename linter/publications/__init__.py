"""Tables as they are published: what their symbols say, and what a reader can calculate from them.

Files are read by ``linter.parsers.tables``; here is everything that follows from the figures alone.
"""
