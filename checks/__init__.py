"""The rules of disclint. One rule per file, in families; ``RULES`` lists them in order."""

from checks.drilldown.dr001_unit_on_visual import unit_on_visual
from checks.drilldown.dr002_record_level_visual import record_level_visual
from checks.drilldown.dr003_drill_to_unit import drill_to_unit
from checks.drilldown.dr004_action_to_unit import action_to_unit
from checks.drilldown.dr005_unit_filter import unit_filter
from checks.drilldown.dr006_filter_isolation import filter_isolation
from checks.drilldown.dr007_underlying_export import underlying_export
from checks.exposure.ex001_unit_rows_embedded import unit_rows_embedded
from checks.exposure.ex002_identifier_embedded import identifier_embedded
from checks.exposure.ex003_hidden_not_protected import hidden_not_protected
from checks.exposure.ex004_saved_values import values_saved
from checks.exposure.ex005_source_leak import source_leak
from checks.exposure.ex006_rls_only import rls_only
from checks.exposure.ex007_view_filter_only import view_filter_only
from checks.manifest.mf001_undeclared import audience_undeclared
from checks.manifest.mf002_unit_undeclared import unit_undeclared
from checks.manifest.mf003_declaration_missing import declaration_missing
from checks.manifest.mf004_declaration_stale import declaration_stale
from checks.manifest.mf005_profile_unverified import profile_unverified
from checks.manifest.mf006_declaration_unmatched import declaration_unmatched
from checks.manifest.mf007_declaration_contradicted import declaration_contradicted
from checks.meta.me001_part_unread import part_unread
from checks.meta.me002_visual_not_evaluated import visual_not_evaluated
from checks.meta.me003_rule_crashed import rule_crashed
from checks.meta.me004_waiver_problem import waiver_problem
from checks.npd.npd001_npd_field_shown import npd_field_shown
from checks.npd.npd002_npd_derived_shown import npd_derived_shown
from checks.npd.npd003_npd_embedded import npd_embedded
from checks.npd.npd004_npd_undeclared import npd_undeclared
from checks.npd.npd005_npd_restricted import npd_restricted
from checks.small_counts.sc001_small_count import small_count
from checks.small_counts.sc002_small_base import small_base
from checks.small_counts.sc003_group_disclosure import group_disclosure
from checks.small_counts.sc004_disclosive_zero import disclosive_zero
from checks.small_counts.sc005_individual_extreme import individual_extreme
from checks.small_counts.sc006_dominance import dominance
from checks.small_counts.sc007_unrounded import unrounded
from checks.suppression.su001_recoverable_in_visual import recoverable_in_visual
from checks.suppression.su002_recoverable_across_visuals import recoverable_across_visuals
from checks.suppression.su003_narrow_interval import narrow_interval
from checks.suppression.su004_display_only_suppression import display_only_suppression
from checks.suppression.su005_telling_symbols import telling_symbols
from checks.suppression.su006_recoverable_against_published import recoverable_against_published

RULES = (
    small_count,
    small_base,
    group_disclosure,
    disclosive_zero,
    individual_extreme,
    dominance,
    unrounded,
    recoverable_in_visual,
    recoverable_across_visuals,
    narrow_interval,
    display_only_suppression,
    telling_symbols,
    recoverable_against_published,
    unit_on_visual,
    record_level_visual,
    drill_to_unit,
    action_to_unit,
    unit_filter,
    filter_isolation,
    underlying_export,
    npd_field_shown,
    npd_derived_shown,
    npd_embedded,
    npd_undeclared,
    npd_restricted,
    unit_rows_embedded,
    identifier_embedded,
    hidden_not_protected,
    values_saved,
    source_leak,
    rls_only,
    view_filter_only,
    audience_undeclared,
    unit_undeclared,
    declaration_missing,
    declaration_stale,
    profile_unverified,
    declaration_unmatched,
    declaration_contradicted,
    part_unread,
    visual_not_evaluated,
    rule_crashed,
    waiver_problem,
)
"""Every built-in rule; the registry sorts them by code."""
