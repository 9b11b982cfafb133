{% macro reset() %}
  {% do run_query("drop schema if exists " ~ target.schema ~ " cascade") %}
{% endmacro %}
{% macro change() %}
  {% do run_query("update " ~ target.schema ~ ".orders" ~ " set amount = 99 where id = 3") %}
{% endmacro %}
