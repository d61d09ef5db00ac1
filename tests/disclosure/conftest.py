"""Hypothesis profiles: small by default, ``pytest tests/disclosure --hypothesis-profile=nightly`` for 10,000."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

_ignored = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
settings.register_profile("small", max_examples=40, deadline=None, suppress_health_check=_ignored)
settings.register_profile("medium", max_examples=1_000, deadline=None, suppress_health_check=_ignored)
settings.register_profile("nightly", max_examples=10_000, deadline=None, suppress_health_check=_ignored)
settings.load_profile("small")
