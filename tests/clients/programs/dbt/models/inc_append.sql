{{ config(materialized='incremental', incremental_strategy='append', on_schema_change='append_new_columns') }}
select id, customer, amount{% if var('wider', false) %}, 'new'::varchar(5) as extra{% endif %} from {{ ref('orders') }}
{% if is_incremental() %} where id >= 2 {% endif %}
