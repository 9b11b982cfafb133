{{ config(materialized='materialized_view') }}
select customer from {{ ref('orders') }}
