import pytest

from dpctl.sandbox.faults import Faults, parse


def test_a_fault_hits_its_operation_and_counts_down():
    faults = Faults()
    faults.replace(
        [{"service": "s3", "operation": "PutObject", "code": "SlowDown", "status": 503, "times": 2}]
    )
    assert faults.take("s3", "GetObject") is None
    assert faults.take("s3", "PutObject").code == "SlowDown"
    assert faults.as_list()[0]["times"] == 1
    assert faults.take("s3", "PutObject").status == 503
    assert faults.take("s3", "PutObject") is None
    assert faults.as_list() == []


def test_without_times_a_fault_stays():
    faults = Faults()
    faults.replace([{"service": "glue", "operation": "*", "code": "ThrottlingException"}])
    assert [faults.take("glue", name).code for name in ("GetJob", "CreateJob")] == ["ThrottlingException"] * 2


def test_the_first_that_fits_wins_and_a_new_list_replaces_the_old():
    faults = Faults()
    faults.replace(
        [
            {"service": "s3", "operation": "PutObject", "code": "First", "times": 1},
            {"service": "s3", "operation": "*", "code": "Second"},
        ]
    )
    assert [faults.take("s3", "PutObject").code for _ in range(2)] == ["First", "Second"]
    faults.replace([])
    assert faults.take("s3", "PutObject") is None


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({}, "must be a list"),
        (["x"], "fault 0 is not an object"),
        ([{"service": "s3"}], "needs a service and an operation"),
        ([{"service": "s3", "operation": "X", "colour": 1}], "no key 'colour'"),
        ([{"service": "s3", "operation": "X", "times": 0}], "times must be"),
        ([{"service": "s3", "operation": "X", "times": True}], "times must be"),
        ([{"service": "s3", "operation": "X", "status": 200}], "status must be"),
        ([{"service": "s3", "operation": "X", "code": 7}], "code must be"),
        ([{"service": "s3", "operation": "X", "delay_seconds": -1}], "delay_seconds must be"),
        ([{"service": "s3", "operation": "X", "delay_seconds": 1e9}], "delay_seconds must be"),
    ],
)
def test_a_bad_list_is_refused_with_its_reason(document, message):
    with pytest.raises(ValueError, match=message):
        parse(document)


def test_a_refused_list_leaves_the_old_one():
    faults = Faults()
    faults.replace([{"service": "s3", "operation": "PutObject", "code": "A"}])
    with pytest.raises(ValueError, match="not an object"):
        faults.replace([1])
    assert faults.take("s3", "PutObject").code == "A"
