{{ config(materialized='view') }}
select id, customer, amount from {{ ref('orders') }} where placed > '2024-01-01'
