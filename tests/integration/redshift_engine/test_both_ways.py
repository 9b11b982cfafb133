"""One value, one text: rows by the Data API and by a connection."""

from __future__ import annotations

import pytest

from dpctl.redshift import adhoc
from dpctl.redshift.connector import ConnectorExecutor, Login, connect
from dpctl.redshift.dataapi import DataApiExecutor
from dpctl.redshift.polling import Clock, Waiting
from tests.integration.redshift_engine.conftest import CALLER, PASSWORD, SECRET

VALUES = """
    1::smallint; 2147483647; (-9223372036854775808)::bigint; 1.50::decimal(10,2); 0.00::decimal(38,2);
    99999999999999999999999999999999999999::decimal(38,0); 1.1::real; 3.4028235e38::real; 1e-45::real;
    -0.0::real; 16777216::real; 0.1::float8; 1e300::float8; 'nan'::float8; 'infinity'::float8;
    '-infinity'::real; true;
    'x'; ''; ' a '::char(5); 'ÿ'::varbyte; from_hex('ff00fe'); ''::varbyte;
    date '2026-01-31'; date '0001-01-01'; timestamp '2026-01-31 01:02:03'; timestamp '2026-01-31 01:02:03.5';
    timestamp '9999-12-31 23:59:59.999999'; timestamptz '2026-01-31 01:02:03.000001+05:30'; time '01:02:03';
    time '23:59:59.999999'; timetz '12:00:00+05:30'; timetz '12:00:00.25-08'; json_parse('{"a":[1,"ü"]}');
    null::int; null::varbyte; null::timetz
"""


class _Client:
    """The engine as boto3 shows it."""

    def __init__(self, lab):
        self.lab = lab

    def __getattr__(self, name):
        operation = "".join(word.capitalize() for word in name.split("_"))
        return lambda **params: self.lab.engine.data_api(
            operation, {key: value for key, value in params.items() if value != ""}, CALLER
        )


@pytest.fixture
def ways(lab):
    waiting = Waiting(60, Clock(), lambda _elapsed, _name: None)
    target = {"WorkgroupName": "default-workgroup", "Database": "dev", "SecretArn": SECRET}
    login = Login("127.0.0.1", lab.engine.wire_port, "dev", "admin", PASSWORD, tls=False)
    connector = ConnectorExecutor(lambda: connect(login), waiting)
    yield DataApiExecutor(_Client(lab), target, waiting), connector
    connector.close()


@pytest.mark.parametrize("value", [text.strip() for text in VALUES.split(";")])
def test_a_value_has_one_text(ways, value):
    seen = []
    for way in ways:
        result = way.run(f"SELECT {value} AS a", fetch=True)
        seen.append((adhoc.as_csv(result.columns, result.rows), adhoc.plain(result.rows[0][0])))
    assert seen[0] == seen[1]
