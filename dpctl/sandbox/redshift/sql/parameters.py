"""The parameters of a session: those PostgreSQL has, and those only Redshift has.

Source: "Configuration reference" of the Redshift Database Developer Guide.
"""

from __future__ import annotations

from collections.abc import Mapping

POSTGRES = frozenset(
    {
        "search_path",
        "statement_timeout",
        "timezone",
        "datestyle",
        "application_name",
        "client_encoding",
        "extra_float_digits",
        "intervalstyle",
        "client_min_messages",
        "standard_conforming_strings",
        "bytea_output",
    }
)
"""Handed to PostgreSQL under their own names."""

DEFAULTS = {
    "analyze_threshold_percent": "10",
    "auto_mv": "on",
    "cast_super_null_on_error": "on",
    "datashare_break_glass_session_var": "",
    "default_geometry_encoding": "1",
    "describe_field_name_in_uppercase": "off",
    "downcase_delimited_identifier": "on",
    "enable_case_sensitive_identifier": "off",
    "enable_case_sensitive_super_attribute": "off",
    "enable_numeric_rounding": "on",
    "enable_result_cache_for_session": "on",
    "enable_vacuum_boost": "off",
    "error_on_nondeterministic_update": "off",
    "json_parse_dedup_attributes": "off",
    "json_parse_truncate_strings": "off",
    "json_serialization_enable": "off",
    "json_serialization_parse_nested_strings": "off",
    "max_concurrency_scaling_clusters": "1",
    "max_cursor_result_set_size": "0",
    "mv_enable_aqmv_for_session": "on",
    "navigate_super_null_on_error": "on",
    "parse_super_null_on_error": "off",
    "pg_federation_repeatable_read": "on",
    "query_group": "default",
    "spectrum_enable_pseudo_columns": "on",
    "spectrum_query_maxerror": "-1",
    "use_fips_ssl": "off",
    "wlm_query_slot_count": "1",
}
"""Remembered under ``redshift.<name>``: what they are unless they are set."""

# PostgreSQL's clients may ask for another encoding; Redshift has UTF-8 alone.
_FIXED = frozenset({"client_encoding"})


def startup_settings(parameters: Mapping[str, str]) -> dict[str, str]:
    """What a session starts with, by PostgreSQL's names; the drivers' own words are passed over."""
    found: dict[str, str] = {}
    for key, value in parameters.items():
        name = key.lower()
        if name in _FIXED or name == "application_name":
            continue
        if name in POSTGRES:
            found[name] = value
        elif name in DEFAULTS:
            found[f"redshift.{name}"] = value
    return found
