# The UNLOAD of each table, as text: all three methods run the same, and `dpctl unload` writes it alike.
# run_mark stands where the run's time goes, so that every run has a folder of its own and overwrites nothing.

locals {
  run_mark = "__RUN__"
  tables   = { for name, table in var.tables : name => table if table.unload != null }

  queries = { for name, table in local.tables : name => join("", [
    "SELECT ${join(", ", [for column in table.columns : "\"${replace(column.name, "\"", "\"\"")}\""])} ",
    "FROM \"${replace(table.schema, "\"", "\"\"")}\".\"${replace(name, "\"", "\"\"")}\"",
    table.unload.where == null ? "" : " WHERE ${table.unload.where}",
  ]) }

  # Redshift's literals read a backslash as an escape: it is doubled, and then the quote.
  statements = { for name, table in local.tables : name => join("\n", compact([
    "UNLOAD ('${replace(replace(local.queries[name], "\\", "\\\\"), "'", "''")}')",
    "TO 's3://${var.name_prefix}${var.export_bucket}/${replace(replace(table.unload.prefix, "\\", "\\\\"), "'", "''")}run=${local.run_mark}/'",
    "IAM_ROLE '${var.unload_role_arn}'",
    table.unload.format == "text" ? null : "FORMAT AS ${upper(table.unload.format)}",
    length(table.unload.partition_by) == 0 ? null : "PARTITION BY (${join(", ", [for name in table.unload.partition_by : "\"${replace(name, "\"", "\"\"")}\""])})",
    "MANIFEST",
    "VERBOSE",
    table.unload.header ? "HEADER" : null,
    table.unload.compression == null ? null : upper(table.unload.compression),
    table.unload.max_file_size_mb == null ? null : "MAXFILESIZE AS ${table.unload.max_file_size_mb} MB",
  ])) }
}
