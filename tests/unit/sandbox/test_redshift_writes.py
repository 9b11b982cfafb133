"""Which table a statement of Redshift writes to."""

import pytest

from dpctl.sandbox.redshift.sql.writes import written


@pytest.mark.parametrize(
    ("sql", "table"),
    [
        ("INSERT INTO orders VALUES (1)", '"orders"'),
        ("insert into Public.Orders select * from other", '"public"."orders"'),
        ("insert into orders(a) values (1)", '"orders"'),
        ("UPDATE dev.public.orders SET a = 1", '"public"."orders"'),
        ("delete orders where a = 1", '"orders"'),
        ('/* x */ DELETE FROM "My.Table" USING b', '"my.table"'),
        ('delete from "a""b"', '"a""b"'),
        ("MERGE INTO public . orders USING b ON a = b", '"public"."orders"'),
        ("COPY public.orders (a, b) FROM 's3://b/k' IAM_ROLE default", '"public"."orders"'),
        ("COPY JOB RUN orders", ""),
        ("SELECT * FROM orders", ""),
        ("WITH a AS (SELECT 1) SELECT * FROM a", ""),
        ("TRUNCATE orders", ""),
        ("insert into", ""),
        ("", ""),
    ],
)
def test_the_table_that_is_written_to(sql, table):
    assert written(sql) == table
