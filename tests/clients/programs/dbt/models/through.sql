{{ config(materialized='ephemeral') }}
select customer from {{ ref('customers') }}
