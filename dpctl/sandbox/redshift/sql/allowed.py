"""What a query of Redshift may have: constructs, types and functions. What is not listed is refused by name.

PostgreSQL 18, which runs the queries, knows far more; a rehearsal that used it would prove nothing. Sources:
the SQL reference of the Redshift Database Developer Guide ("SQL commands", "SQL functions reference", "Data
types"), "Unsupported PostgreSQL features", "Unsupported PostgreSQL data types", "Unsupported PostgreSQL
functions", and "Leader node-only functions".
"""

from __future__ import annotations

from sqlglot import exp

from dpctl.sandbox.redshift.errors import SqlError, unsupported
from dpctl.sandbox.redshift.sql.known import Known

_CONSTRUCTS_TEXT = """
    Add Alias All And Anonymous Any ApproxDistinct Array AtIndex AtTimeZone Between BitwiseAnd
    BitwiseLeftShift BitwiseNot BitwiseOr BitwiseRightShift BitwiseXor Boolean Bracket CTE Case Cast Cbrt
    Coalesce Collate Column ColumnDef Concat Count Cube CurrentDate CurrentSchema CurrentTime
    CurrentTimestamp CurrentUser DPipe DataType DataTypeParam Date Default Delete Distinct Div Dot EQ Escape
    Except Exists Explain Extract From GT GTE Group GroupingSets Having Hint ILike Identifier If IgnoreNulls
    In Insert Intersect Interval IntervalSpan Into Is Join LT LTE Lambda Lateral Like Limit Literal
    Localtime Localtimestamp Mod Mul NEQ Neg Not Null NullSafeEQ Offset Or Order Ordered Parameter Paren
    Pivot Placeholder Pow PropertyEQ Qualify RegexpLike RegexpILike RespectNulls Rollup Schema Select
    SessionUser SimilarTo Slice Sqrt Star StrPosition Sub Subquery Substring Sysdate Table TableAlias
    TableColumn Timestamp Trim TryCast Tuple Union Unnest Update Values Var Version Where Window WindowSpec
    With WithinGroup Xor Year Month Day ToTableProperty TemporaryProperty Ceil Floor Nvl2 DecodeCase Dateadd
    ObjectIdentifier Chr Initcap
"""
CONSTRUCTS = frozenset(_CONSTRUCTS_TEXT.split())
"""Kinds of nodes in a query's tree (sqlglot's names)."""

NAMED = {
    "Returning": "RETURNING", "OnConflict": "ON CONFLICT", "Filter": "FILTER of an aggregate",
    "Lock": "SELECT ... FOR UPDATE", "TableSample": "TABLESAMPLE", "Fetch": "FETCH FIRST", "Rand": "random",
    "JSONExtract": "The operator ->", "JSONExtractScalar": "The operator ->>",
    "JSONBContains": "The operator ?",
    "ArrayContainsAll": "The operator @>", "ArrayOverlaps": "The operator &&", "Overlaps": "OVERLAPS",
    "JSONBExtract": "The operator #>", "JSONBExtractScalar": "The operator #>>", "Operator": "OPERATOR()",
    "MatchRecognize": "MATCH_RECOGNIZE", "Command": "This statement",
}  # fmt: skip
"""What an error calls a construct that is PostgreSQL's."""

ELSEWHERE = {
    "Connect": "CONNECT BY",
    "ObjectTransform": "The function object_transform",
    "PivotAlias": "PIVOT or UNPIVOT",
}
"""Constructs that Redshift has and the sandbox has not, and what an error calls them."""

_TYPES_TEXT = """
    SMALLINT INT BIGINT DECIMAL BIGDECIMAL FLOAT DOUBLE REAL BOOLEAN CHAR NCHAR BPCHAR VARCHAR NVARCHAR TEXT
    DATE DATETIME TIMESTAMP TIMESTAMPTZ TIMESTAMPLTZ TIMESTAMPNTZ TIME TIMETZ SUPER VARBINARY VARBYTE BINARY
    INTERVAL
    GEOMETRY GEOGRAPHY HLLSKETCH NAME UNKNOWN NULL OID REGCLASS REGPROC REGTYPE REGOPER ACLITEM INT2VECTOR
    OIDVECTOR "CHAR" XID CID TID REFCURSOR BYTEA
"""
TYPES = frozenset(_TYPES_TEXT.split())
"""Types of a cast; the last line is of the catalog, for what drivers ask of it."""

_FUNCTIONS_TEXT = """
    abs acos add_months any_value array array_concat array_contains array_dims array_distinct array_except
    array_flatten array_intersection array_length array_lower array_position array_positions array_sort
    array_to_string array_union array_upper arrays_overlap ascii asin atan atan2 avg bit_and bit_or bool
    bool_and bool_or booleq boolne bpchar bpcharcmp btrim bttext_pattern_cmp byteaout can_json_parse
    cardinality cast cbrt ceil ceiling char_length character_length charindex checksum chr coalesce
    col_description concat convert convert_timezone cos cot count crc32 cume_dist current_aws_account
    current_database current_date current_schema current_schemas current_setting current_user
    current_user_id date date_add date_cmp date_cmp_timestamp date_cmp_timestamptz date_diff date_part
    date_part_year date_trunc dateadd datediff db_collation decimal_precision decimal_scale decode degrees
    dense_rank dexp difference dlog1 dlog10 exp extract factorial first_value float4 float8 floor fnv_hash
    format_encoding format_type from_hex from_varbyte func_sha1 generate_series get_array_length
    get_number_attributes getbit getdate greatest grouping grouping_id has_any_column_privilege
    has_column_privilege has_database_privilege has_function_privilege has_language_privilege
    has_schema_privilege has_table_privilege inet_client_addr inet_client_port inet_server_addr
    inet_server_port initcap int2 int4 int8 interval_cmp is_array is_bigint is_boolean is_char is_decimal
    is_float is_integer is_object is_scalar is_smallint is_valid_json is_valid_json_array is_varchar
    isfinite isnull json_array_length json_extract_array_element_text json_extract_path_text json_parse
    json_serialize json_serialize_to_varbyte json_size json_typeof lag last_day last_user_query_id
    last_value lcase lead least left len length listagg listaggdistinct ln localtime localtimestamp log
    lower lower_attribute_names lpad ltrim max md5 median min mod months_between murmur3_32_hash next_day
    now nth_value ntile nullif numeric nvl nvl2 obj_description object octet_length octetindex
    oidvectortypes percent_rank percentile_cont percentile_disc pg_backend_pid pg_cancel_backend
    pg_char_to_encoding pg_client_encoding pg_database_size pg_encoding_to_char pg_function_is_visible
    pg_get_cols pg_get_constraintdef pg_get_expr pg_get_function_arguments
    pg_get_function_identity_arguments pg_get_function_result pg_get_functiondef pg_get_indexdef
    pg_get_late_binding_view_cols pg_get_partkeydef pg_get_ruledef pg_get_session_roles pg_get_userbyid
    pg_get_viewdef pg_has_role pg_is_in_recovery pg_last_copy_count pg_last_copy_id pg_last_query_id
    pg_last_unload_count pg_last_unload_id pg_postmaster_start_time pg_relation_size pg_sleep
    pg_table_is_visible pg_tablespace_location pg_terminate_backend pg_timezone_abbrevs pg_timezone_names
    pg_total_relation_size pg_type_is_visible pgdate_part pi position pow power quote_ident quote_literal
    radians random rank ratio_to_report regexp_count regexp_instr regexp_replace
    regexp_substr repeat replace replicate reverse right role_is_member_of round row row_number rpad rtrim
    session_user set_config sha sha1 sha2 shobj_description sign sin slice_num soundex split_part
    split_to_array sqrt stddev stddev_pop stddev_samp string_to_array strpos strtol subarray substr
    substring sum super sysdate tan text text_to_int_alt text_to_numeric_alt textin textlen textout time
    timeofday timestamp timestamp_cmp timestamp_cmp_date timestamp_cmp_timestamptz timestamptz_cmp
    timestamptz_cmp_date timestamptz_cmp_timestamp timezone to_char to_date to_hex to_number to_timestamp
    to_varbyte translate trim trunc ucase unnest upper upper_attribute_names user user_is_member_of usesysid
    var_pop var_samp varbyte varchar variance version
"""
FUNCTIONS = frozenset(_FUNCTIONS_TEXT.split())
"""Functions that Redshift has, on compute nodes or on the leader."""

_MISSING_TEXT = """
    addbbox age change_query_priority change_session_priority change_user_priority collate current_namespace
    current_session_arn default_iam_role dropbbox explain_model farmfingerprint64 geometrytype get_byte
    get_mounted_role h3_boundary h3_center h3_fromlonglat h3_frompoint h3_isvalid h3_polyfill h3_resolution
    h3_tochildren h3_toparent has_assumerole_privilege hll hll_cardinality hll_combine hll_combine_sketches
    hll_create_sketch object_transform pg_get_grantee_by_iam_role pg_get_iam_role_by_user reboot_cluster
    set_bit set_byte size st_addpoint st_angle st_area st_asbinary st_asewkb st_asewkt st_asgeojson
    st_ashexewkb st_ashexwkb st_astext st_azimuth st_boundary st_buffer st_centroid st_collect st_contains
    st_containsproperly st_convexhull st_coveredby st_covers st_crosses st_dimension st_disjoint st_distance
    st_distancesphere st_dwithin st_endpoint st_envelope st_equals st_exteriorring st_force2d st_force3d
    st_force3dm st_force3dz st_force4d st_geogfromtext st_geogfromwkb st_geohash st_geometryn
    st_geometrytype st_geomfromewkb st_geomfromewkt st_geomfromgeohash st_geomfromgeojson st_geomfromtext
    st_geomfromwkb st_interiorringn st_intersection st_intersects st_isclosed st_iscollection st_isempty
    st_ispolygonccw st_ispolygoncw st_isring st_issimple st_isvalid st_length st_length2d st_lengthsphere
    st_linefrommultipoint st_lineinterpolatepoint st_m st_makeenvelope st_makeline st_makepoint
    st_makepolygon st_memsize st_mmax st_mmin st_multi st_ndims st_npoints st_nrings st_numgeometries
    st_numinteriorrings st_numpoints st_perimeter st_perimeter2d st_point st_pointn st_points st_polygon
    st_removepoint st_reverse st_setpoint st_setsrid st_simplify st_srid st_startpoint st_touches
    st_transform st_union st_within st_x st_xmax st_xmin st_y st_ymax st_ymin st_z st_zmax st_zmin
    supportsbbox to_ascii
"""
MISSING = frozenset(_MISSING_TEXT.split())
"""Functions that Redshift documents and the sandbox has not."""

# Functions of PostgreSQL's extensions, which Redshift does not load either.
_EXTENSIONS_TEXT = """
    uuid_generate_v1 uuid_generate_v1mc uuid_generate_v3 uuid_generate_v4 uuid_generate_v5 uuid_nil digest
    hmac crypt gen_salt gen_random_bytes pgp_sym_encrypt pgp_sym_decrypt encrypt decrypt dblink
    dblink_connect dblink_exec similarity word_similarity show_trgm hstore levenshtein metaphone dmetaphone
    unaccent crosstab tablefunc postgis_version st_asewkt file_fdw_validator lo_import lo_export
"""
_EXTENSIONS = frozenset(_EXTENSIONS_TEXT.split())

_CATALOG = ("pg_catalog", "information_schema")


def refuse_foreign(tree: exp.Expression, known: Known) -> None:
    """Raise SqlError 0A000 for the first thing in a query that is not Redshift's."""
    for node in tree.walk():
        kind = type(node).__name__
        if kind in ELSEWHERE:
            raise unsupported(ELSEWHERE[kind])
        if kind not in CONSTRUCTS:
            raise not_redshift(NAMED.get(kind) or _function(node) or kind.upper())
        if check := _CHECKS.get(kind):
            check(node, known)


def not_redshift(feature: str) -> SqlError:
    """What PostgreSQL has and Redshift has not."""
    return SqlError(f"{feature} is not supported in Amazon Redshift.", state="0A000")


def _function(node: exp.Expression) -> str:
    return f"The function {node.sql_name().lower()}" if isinstance(node, exp.Func) else ""


def _call(node: exp.Expression, known: Known) -> None:
    name = node.name.lower()
    if name in FUNCTIONS or name in known.functions:
        return
    if name in MISSING:
        raise unsupported(f"The function {name}")
    if name in _EXTENSIONS or name in known.foreign:
        raise not_redshift(f"The function {name}")


def _series(node: exp.Expression, known: Known) -> None:
    """A table function of the leader node cannot meet a table, which is on the compute nodes."""
    if isinstance(node.this, exp.Identifier) or node.name.lower() != "generate_series":
        return
    select = node.find_ancestor(exp.Select)
    others = select.find_all(exp.Table) if select is not None else ()
    if any(
        isinstance(t.this, exp.Identifier) and t.db not in _CATALOG and not _system(t.name) for t in others
    ):
        raise not_redshift("generate_series with a table (a function of the leader node)")


def _system(name: str) -> bool:
    return name.lower().startswith(("pg_", "svv_", "sys_", "stv_", "stl_"))


def _distinct(node: exp.Expression, known: Known) -> None:
    if node.args.get("on"):
        raise not_redshift("DISTINCT ON")


def _array(node: exp.Expression, known: Known) -> None:
    # The catalog is read on the leader node, which has arrays: relkind = ANY (ARRAY['r', 'v']).
    if not node.args.get("bracket_notation") or node.find_ancestor(exp.Any) is not None:
        return
    select = node.find_ancestor(exp.Select)
    tables = list(select.find_all(exp.Table)) if select is not None else []
    if not tables or not all(table.db in _CATALOG or _system(table.name) for table in tables):
        raise not_redshift("ARRAY[...]")


def _type(node: exp.Expression, known: Known) -> None:
    name = str(getattr(node.this, "name", node.this)).upper()
    if name == "ARRAY":
        return  # the catalog's; no table can have one
    if name == "USERDEFINED":
        name = str(node.args.get("kind") or "").strip('"').upper()
    if isinstance(node.this, exp.Interval):  # with units: DAY TO SECOND, YEAR TO MONTH
        raise unsupported("A type INTERVAL with units")
    if name not in TYPES:
        raise not_redshift(f'The type "{name.lower()}"')


def _collate(node: exp.Expression, known: Known) -> None:
    if node.expression.name.lower() in ("case_sensitive", "case_insensitive", "cs", "ci"):
        raise unsupported("COLLATE")


def _column(node: exp.Expression, known: Known) -> None:
    if node.args.get("join_mark"):
        raise unsupported("The outer join operator (+)")


def _lateral(node: exp.Expression, known: Known) -> None:
    raise not_redshift("LATERAL")


def _values(node: exp.Expression, known: Known) -> None:
    """A VALUES list is for INSERT; as a constant table it is among the unsupported features."""
    if not isinstance(node.parent, exp.Insert):
        raise not_redshift("VALUES as a table")


def _window(node: exp.Expression, known: Known) -> None:
    if str(node.args.get("kind") or "").upper() == "GROUPS" or node.args.get("exclude"):
        raise not_redshift("This frame of a window (GROUPS, EXCLUDE)")


def _join(node: exp.Expression, known: Known) -> None:
    if isinstance(node.this, exp.Lateral):
        raise not_redshift("LATERAL")


_CHECKS = {
    "Anonymous": _call,
    "Array": _array,
    "Collate": _collate,
    "Column": _column,
    "DataType": _type,
    "Distinct": _distinct,
    "Join": _join,
    "Lateral": _lateral,
    "Table": _series,
    "Values": _values,
    "WindowSpec": _window,
}
