"""Pure disclosure mathematics: numbers and tables in, judgements with proofs out.

Knows nothing of workbooks. ``primary`` says which figures disclose by themselves; ``tables`` turns published
tables into a ``system`` of equations; ``recovery`` finds and proves what follows from it exactly,
``intervals`` what follows nearly, ``ratios`` and ``rounding`` what percentages and rounded figures add;
``mending`` plans further suppressions; ``isolation`` finds the filter combinations that single people out;
``published`` does all of it for long-form tables.
"""
