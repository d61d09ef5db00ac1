"""Rules about hidden figures: what still follows from what is shown, and what hides nothing."""
