"""Configuration: which files hold for a workbook, and what they and the command line come to."""
