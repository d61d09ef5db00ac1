"""Where the rows live.

Everything that touches a row runs in a child process (``server``); the parent (``process``) sends
queries and gets counts and group labels back. Labels of keys, identifiers and free text cross as
opaque codes. The definition of a semantic model is read there as well (``definition``), since rows
may be typed into it: they are cut out of what goes on, and kept (``typed``). The engines: ``hyper``
(Tableau extracts in place, flat files in temporary tables) and ``duck`` (Power BI models decoded by
``vertipaq``).
"""
