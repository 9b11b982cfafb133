select count(*) as n from {{ ref('through') }}
