"""The rules of disclint. One rule per file, in families; ``RULES`` lists them in order."""

from checks.drilldown.dr001_unit_on_visual import unit_on_visual
from checks.drilldown.dr002_record_level_visual import record_level_visual
from checks.drilldown.dr007_underlying_export import underlying_export
from checks.exposure.ex001_unit_rows_embedded import unit_rows_embedded
from checks.exposure.ex002_identifier_embedded import identifier_embedded
from checks.manifest.mf001_undeclared import audience_undeclared
from checks.manifest.mf002_unit_undeclared import unit_undeclared
from checks.meta.me001_part_unread import part_unread
from checks.meta.me002_visual_not_evaluated import visual_not_evaluated
from checks.meta.me003_rule_crashed import rule_crashed
from checks.npd.npd001_npd_field_shown import npd_field_shown
from checks.small_counts.sc001_small_count import small_count

RULES = (
    small_count,
    unit_on_visual,
    record_level_visual,
    underlying_export,
    npd_field_shown,
    unit_rows_embedded,
    identifier_embedded,
    audience_undeclared,
    unit_undeclared,
    part_unread,
    visual_not_evaluated,
    rule_crashed,
)
"""Every built-in rule; the registry sorts them by code."""
