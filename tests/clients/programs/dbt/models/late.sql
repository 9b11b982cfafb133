{{ config(materialized='view', bind=false) }}
select id, customer from {{ ref('orders') }}
