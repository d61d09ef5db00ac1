"""The recomputed tables: which rows stand behind each cell, and how many people they are.

``units`` decides how people are counted, ``loading`` brings the tables a workbook needs into its
engine, ``population`` joins them, ``query`` turns a layer into SQL, ``evaluate`` runs it all.
"""
