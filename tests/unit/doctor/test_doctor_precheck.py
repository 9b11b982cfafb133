"""What the best public pre-check of Glue connections gets wrong, each as a test that this doctor passes."""

import pytest

from dpctl.doctor import snapshot as s
from dpctl.doctor.diagnosis import diagnose
from tests.unit.doctor import accounts as a
from tests.unit.doctor.accounts import account, edit, failed, ingress, place, rule


def codes(snapshot):
    return {one.code for one in diagnose(snapshot).findings if one.result == "fail"}


def test_not_any_default_route_is_a_way_out():
    assert "GC08" in codes(account(a.nat_account, a.routes("rtb-a", a.TO_IGW)))


def test_a_subnet_without_a_table_of_its_own_has_the_main_one():
    bare = edit(s.ROUTES, "rtb-a", subnets=())

    assert "GC08" in codes(account(a.nat_account, bare))
    with_nat = edit(s.ROUTES, "rtb-main", routes=(a.m.Route("10.11.0.0/16", "local"), a.TO_NAT))
    assert codes(account(a.nat_account, bare, with_nat)) == set()


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (edit(s.ENDPOINTS, "vpce-sts", state="rejected"), "GC12"),
        (edit(s.ENDPOINTS, "vpce-sts", private_dns=False), "GC12"),
        (ingress(a.ENDPOINT_GROUP), "GC14"),
        (edit(s.ENDPOINTS, "vpce-s3", route_tables=("rtb-b",)), "GC10"),
    ],
    ids=["state", "private DNS", "security group", "route table"],
)
def test_an_endpoint_is_more_than_its_service_name(fault, code):
    assert code in codes(account(a.endpoints_account, a.routes("rtb-a"), fault, a.failed()))


def test_sts_is_looked_at():
    assert "GC12" in codes(account(a.endpoints_account, a.drop(s.ENDPOINTS, "vpce-sts")))


def test_every_permission_of_a_group_is_read_and_not_the_first():
    first, second = rule(22, cidr="192.0.2.0/24"), a.ITSELF

    assert codes(account(a.endpoints_account, ingress(a.DATABASE_GROUP, first, second))) == set()


def test_a_group_open_to_itself_is_enough_and_the_world_is_not_asked_for():
    assert codes(a.endpoints_account()) == set()
    world = account(a.endpoints_account, ingress(a.DATABASE_GROUP, rule(cidr=a.EVERYWHERE)))
    self_check = next(one for one in diagnose(world).findings if one.code == "GC17")
    assert self_check.result == "warn"


@pytest.mark.parametrize("maps", [True, False])
def test_private_is_where_the_route_leads_and_not_a_flag_of_the_subnet(maps):
    flag = edit(s.SUBNETS, a.A, maps_public_ip=maps)

    assert codes(account(a.nat_account, flag)) == set()
    assert "GC08" in codes(account(a.nat_account, flag, a.routes("rtb-a", a.TO_IGW)))


def test_a_nat_gateway_elsewhere_in_the_vpc_does_not_help():
    assert "GC08" in codes(account(a.nat_account, place(a.PUBLIC)))


def test_endpoints_are_not_asked_for_where_nat_works():
    assert codes(a.nat_account()) == set()


def test_all_checks_run_after_the_first_failure():
    found = codes(
        account(
            a.nat_account,
            place(a.PUBLIC),
            ingress(a.DATABASE_GROUP, rule(5439, group=a.DATABASE_GROUP)),
            a.put(s.SECRET, None),
            failed(),
        )
    )

    assert {"GC08", "GC17", "GC24"} <= found
