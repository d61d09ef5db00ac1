"""How hard the property tests look: HYPOTHESIS_PROFILE=nightly for the long run."""

import os

from hypothesis import settings

settings.register_profile("small", max_examples=40, deadline=None, derandomize=True)
settings.register_profile("nightly", max_examples=2_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "small"))
