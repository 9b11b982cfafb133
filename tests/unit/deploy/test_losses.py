# ruff: noqa: E501  (tables are read line by line)
"""What counts as a loss, over plan JSON of any type: a table, and properties."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dpctl.deploy import guard, losses, ours
from dpctl.deploy.changes import Change
from dpctl.deploy.imported import Origins
from dpctl.deploy.named import Named

ADDRESS = "module.x.aws_thing.y"


def plan_of(before, after, *, kind="aws_thing", actions=("update",), **fields):
    change = {"actions": list(actions), "before": before, "after": after, **fields}
    return {"resource_changes": [{"address": ADDRESS, "type": kind, "mode": "managed", "change": change}]}


def lost(before, after, **fields):
    return [loss.attribute for loss in losses.find(plan_of(before, after, **fields))]


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action, sid=None, **fields):
    return {"Effect": "Allow", "Action": action, "Resource": "*", **({"Sid": sid} if sid else {}), **fields}


def alone(statement):
    """A policy whose one statement stands without its list (IAM user guide, "Grammar of the IAM JSON policy")."""
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


def trusting(principal):
    return {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}


INDEX = {"name": "by-day", "hash_key": "day", "projection_type": "ALL"}
OTHER = {"name": "by-customer", "hash_key": "customer", "projection_type": "ALL"}

# attribute, old value, new value, what is lost (None: the attribute itself)
LOST = [
    # emptied
    ("description", "ours since 2019", None, None),
    ("description", "ours since 2019", "", None),
    ("max_allocated_storage", 100, 0, None),
    ("monitoring_interval", 60, 0, None),
    ("ttl", [{"attribute_name": "expires", "enabled": True}], [], None),
    # shorter
    ("tags", {"Owner": "b", "Cost": "7"}, {"Cost": "7"}, "tags.Owner"),
    ("tags", {"Owner": "b"}, None, None),
    ("iam_roles", ["a", "b", "c", "d"], ["c", "b", "a"], None),
    ("iam_roles", ["a"], ["b"], None),
    ("global_secondary_index", [INDEX, OTHER], [OTHER], "global_secondary_index[by-day]"),
    ("default_arguments", {"--a": "1", "--b": "2"}, {"--a": "1"}, "default_arguments.--b"),
    ("log_exports", ["userlog", "useractivitylog"], ["userlog"], None),
    # within what is JSON
    ("policy", policy(allow("s3:*", "A")), policy(allow("glue:*", "B")), "policy.Statement[A]"),
    (
        "policy",
        policy(allow(["s3:Get*", "s3:Put*"], "A")),
        policy(allow("s3:Get*", "A")),
        "policy.Statement.Action",
    ),
    ("policy", policy(allow("s3:*")), policy(), "policy.Statement"),
    (
        "policy",
        policy(allow("s3:*", "A"), allow("s3:*", "B")),
        policy(allow("s3:*", "C")),
        "policy.Statement[B]",
    ),
    # one statement may stand without its list, and everybody without its kind
    (
        "policy",
        alone(trusting({"Service": "a"})),
        policy(trusting({"Service": ["b"]})),
        "policy.Statement.Principal.Service",
    ),
    (
        "policy",
        policy(trusting({"Service": ["a", "b"]})),
        alone(trusting({"Service": "b"})),
        "policy.Statement.Principal.Service",
    ),
    (
        "policy",
        alone(trusting({"AWS": "a"})),
        policy(trusting({"Service": "b"})),
        "policy.Statement.Principal.AWS",
    ),
    ("policy", policy(trusting("*")), policy(trusting({"Service": "b"})), "policy.Statement.Principal.AWS"),
    (
        "policy",
        policy(trusting({"CanonicalUser": "a"})),
        policy(trusting({"CanonicalUser": ["b"]})),
        "policy.Statement.Principal.CanonicalUser",
    ),
    # another shape
    ("a", {"b": "1"}, "x", None),
    ("a", ["1", "2"], "1", None),
    ("a", "1", ["2"], None),
    # weaker
    ("deletion_protection_enabled", True, False, None),
    ("deletion_protection", True, None, None),
    ("publicly_accessible", True, False, None),
    ("publicly_accessible", False, True, None),
    ("skip_final_snapshot", False, True, None),
    ("force_destroy", None, True, None),
    ("point_in_time_recovery", [{"enabled": True}], [{"enabled": False}], "point_in_time_recovery.enabled"),
    ("versioning", [{"status": "Enabled"}], [{"status": "Suspended"}], "versioning.status"),
    ("rule", [{"sse_algorithm": "aws:kms"}], [{"sse_algorithm": "AES256"}], "rule.sse_algorithm"),
    ("retention_in_days", 365, 30, None),
    ("retention_in_days", 0, 365, None),
    ("timeout", 2880, 60, None),
    ("reserved_concurrent_executions", 5, -1, None),
]

KEPT = [
    ("description", None, "x"),
    ("tags", {}, {"a": "b"}),
    ("tags", {"a": "b"}, {"a": "b", "c": "d"}),
    ("iam_roles", ["a", "b"], ["b", "a", "c"]),
    ("deletion_protection", False, True),
    ("force_overwrite_replica_secret", None, False),
    ("recovery_window_in_days", None, 30),
    ("retention_in_days", 30, 365),
    ("retention_in_days", 30, 30),
    ("port", 0, None),
    ("skip_final_snapshot", True, False),
    ("publicly_accessible", None, False),
    ("policy", policy(allow("s3:*")), policy({**allow(["s3:*"]), "Resource": ["*"]})),
    ("policy", policy(allow("s3:*", "A")), policy(allow("glue:*", "B"), allow("s3:*", "A"))),
    # a statement by another name, or by none, beside others that were or are called as it was
    (
        "policy",
        policy(allow("kms:*", "Enable IAM User Permissions")),
        policy(allow("kms:*", "Administration")),
    ),
    ("policy", policy(allow("kms:*", "A")), policy(allow("glue:*", "A"), allow("kms:*"))),
    ("policy", policy(allow("a:*", "A"), allow("b:*", "B")), policy(allow("b:*", "A"), allow("a:*", "B"))),
    ("policy", policy(allow("a:*", "A")), alone(allow("a:*", "B"))),
    ("policy", alone(trusting({"Service": "a"})), policy(trusting({"Service": ["a", "b"]}))),
    ("policy", policy(trusting("*")), policy(trusting({"AWS": "*"}))),
    ("a", "1", ["2", "1"]),
    ("a", ["1"], "1"),
    ("policy", json.dumps({"Id": "theirs", "Statement": []}), json.dumps({"Statement": []})),
    ("stream_view_type", "NEW_IMAGE", "NEW_AND_OLD_IMAGES"),
    ("engine_version", "8.0.35", "8.0.36"),
    ("global_secondary_index", [INDEX], [OTHER, INDEX]),
]


@pytest.mark.parametrize(("name", "old", "new", "path"), LOST)
def test_what_is_taken_is_a_loss(name, old, new, path):
    before, after = {name: old}, {name: new}
    assert lost(before, after) == [path or name]
    assert lost(before, after, importing={"id": "y"}) == [path or name]


@pytest.mark.parametrize(("name", "old", "new"), KEPT)
def test_what_is_kept_or_added_is_none(name, old, new):
    assert lost({name: old}, {name: new}) == []


def test_a_value_that_is_not_there_any_more_is_a_loss():
    assert lost({"kms_key_id": "arn:aws:kms:k"}, {}) == ["kms_key_id"]


def test_tags_are_named_once():
    tags = {"tags": {"a": "b"}, "tags_all": {"a": "b"}}
    assert lost(tags, {"tags": None, "tags_all": {}}) == ["tags"]
    assert lost({"tags": None, "tags_all": {"a": "b"}}, {"tags": None, "tags_all": {}}) == ["tags_all"]


def test_what_is_not_known_yet_is_judged_later():
    assert (
        lost({"arn": "a", "roles": ["a"]}, {"roles": []}, after_unknown={"arn": True, "roles": [True]}) == []
    )


def test_old_and_new_are_shown_in_full_and_secrets_are_not():
    long = {"tags": {"a": "x" * 4000}}
    [loss] = losses.find(plan_of(long, {"tags": None}))
    assert loss.old == json.dumps(long["tags"])
    assert loss.lines() == (f"{ADDRESS}.tags: taken away", f"  old: {loss.old}", "  new: null")
    [hidden] = losses.find(
        plan_of({"password": "hunter2"}, {"password": None}, before_sensitive={"password": True})
    )
    assert "hunter2" not in str(hidden)


@pytest.mark.parametrize("actions", [("delete",), ("delete", "create"), ("create", "delete")])
def test_what_was_adopted_or_holds_something_is_lost_when_it_goes(actions):
    made = plan_of({"path": "/x/"}, {"path": "/"}, actions=actions, kind="aws_glue_job")
    assert losses.find(made) == ()
    assert [loss.name for loss in losses.find(made, Origins({ADDRESS}))] == [ADDRESS]
    now = plan_of(
        {"path": "/x/"},
        {},
        actions=actions,
        kind="aws_glue_job",
        importing={"id": "y"},
        replace_paths=[["path"]],
    )
    [loss] = losses.find(now)
    assert (loss.attribute, "path" in loss.how) == ("", actions != ("delete",))
    holding = plan_of({}, None, actions=actions, kind="aws_iam_role")
    assert [loss.name for loss in losses.find(holding)] == [ADDRESS]


@pytest.mark.parametrize("actions", [("no-op",), ("create",), ("read",), ("forget",)])
def test_other_actions_take_nothing(actions):
    assert (
        losses.find(plan_of({"tags": {"a": "b"}}, {"tags": None}, actions=actions), Origins({ADDRESS})) == ()
    )


# what is ours to change

MADE, ADOPTED = Origins(created=frozenset({ADDRESS})), Origins(adopted=frozenset({ADDRESS}))
SCHEDULE, RULE, BUCKET = (
    "aws_scheduler_schedule",
    "aws_iam_role_policy",
    "aws_s3_bucket_lifecycle_configuration",
)
TARGET = {"arn": "a", "dead_letter_config": [{"arn": "q"}], "retry": {"a": 1, "b": 2}}
LESS = {"arn": "a", "dead_letter_config": [], "retry": {"a": 1}}


@pytest.mark.parametrize(
    "kind", [SCHEDULE, RULE, "aws_glue_job", "aws_lambda_function", "aws_sfn_state_machine"]
)
def test_what_we_made_and_holds_nothing_is_ours_to_change(kind):
    plan = plan_of(TARGET, LESS, kind=kind)
    assert losses.find(plan, MADE) == ()
    for origins in (Origins(), ADOPTED):  # nobody wrote down who made it: the owner's
        assert [loss.attribute for loss in losses.find(plan, origins)] == ["dead_letter_config", "retry.b"]
    importing = plan_of(TARGET, LESS, kind=kind, importing={"id": "x"})
    assert len(losses.find(importing, MADE)) == 2


@pytest.mark.parametrize(
    "kind",
    [
        BUCKET, "aws_s3_bucket_versioning", "aws_s3_bucket_policy", "aws_dynamodb_table", "aws_sqs_queue",
        "aws_cloudwatch_log_group", "aws_kms_key", "aws_secretsmanager_secret", "aws_cloudtrail",
        "aws_redshiftserverless_workgroup", "aws_db_instance", "aws_thing_of_tomorrow",
    ],
)  # fmt: skip
def test_what_holds_something_is_never_taken_from_though_we_made_it(kind):
    assert len(losses.find(plan_of(TARGET, LESS, kind=kind), MADE)) == 2


def drifted(written, real, wanted, kind=RULE, **fields):
    plan = plan_of(real, wanted, kind=kind, **fields)
    change = {"actions": ["update"], "before": written, "after": real}
    return plan | {"resource_drift": [{"address": ADDRESS, "type": kind, "change": change}]}


@pytest.mark.parametrize(
    ("written", "real", "wanted", "lost"),
    [
        # the owner's statement goes, ours may
        (policy(allow("a", "A"), allow("b", "B")), policy(allow("a", "A"), allow("b", "B"), allow("x", "X")),
         policy(allow("a", "A")), ["p.Statement[X]"]),
        (policy(allow("a", "A")), policy(allow("x", "X")), policy(allow("a", "A")), ["p.Statement[X]"]),
        # the owner took something away: ours comes back
        (policy(allow("a", "A"), allow("b", "B")), policy(allow("a", "A")),
         policy(allow("a", "A"), allow("b", "B")), []),
        # a number of the owner's
        (60, 120, 60, ["p_timeout"]),
        (60, 120, 30, ["p_timeout"]),
        (60, 60, 30, []),
        ("x", "theirs", None, ["p"]),
        ("x", "x", None, []),
        ({"a": 1}, {"a": 1, "b": 2}, {"a": 1}, ["p.b"]),
        ({"a": 1, "c": 1}, {"a": 1, "b": 2, "c": 1}, {"a": 1}, ["p.b"]),
    ],
)  # fmt: skip
def test_what_somebody_put_there_since_is_theirs(written, real, wanted, lost):
    name = "p_timeout" if isinstance(written, int) else "p"
    plan = drifted({name: written}, {name: real}, {name: wanted})
    assert [loss.attribute for loss in losses.find(plan, MADE)] == lost


def test_a_secret_that_somebody_changed_is_seen_though_it_is_not_shown():
    plan = drifted({"p": "ours"}, {"p": "theirs"}, {"p": None}, before_sensitive={"p": True})
    [loss] = losses.find(plan, MADE)
    assert "theirs" not in str(loss)


def role_plan(*others, attached=(), inline=()):
    before = {
        "name": "R",
        "managed_policy_arns": list(attached),
        "inline_policy": [{"name": n} for n in inline],
    }
    plan = plan_of(before, None, kind="aws_iam_role", actions=["delete"])
    for kind, values in others:
        change = {"actions": ["delete"], "before": {"role": "R", **values}, "after": None}
        plan["resource_changes"].append(
            {"address": f"{kind}.z", "type": kind, "mode": "managed", "change": change}
        )
    return plan


OUR_INLINE, OUR_ARN = ("aws_iam_role_policy", {"name": "dpctl-x"}), (
    "aws_iam_role_policy_attachment", {"policy_arn": "arn:ours"},
)  # fmt: skip


@pytest.mark.parametrize(
    ("plan", "origins", "goes"),
    [
        (role_plan(), MADE, True),
        (role_plan(OUR_INLINE, OUR_ARN, attached=["arn:ours"], inline=["dpctl-x"]), MADE, True),
        (role_plan(OUR_INLINE, attached=["arn:theirs"], inline=["dpctl-x"]), MADE, False),
        (role_plan(OUR_INLINE, inline=["dpctl-x", "theirs"]), MADE, False),
        (role_plan(), Origins(), False),
        (role_plan(), ADOPTED, False),
    ],
)
def test_a_role_of_our_own_may_go_unless_somebody_attached_something(plan, origins, goes):
    assert (losses.find(plan, origins) == ()) == goes
    may_go = ours.roles_that_may_go(plan, origins)
    deleted = [Change(ADDRESS, "aws_iam_role", "delete")]
    if goes:
        guard.check("dev/static", deleted, Named(), ours=may_go)
    else:
        with pytest.raises(guard.Refused):
            guard.check("dev/static", deleted, Named(), ours=may_go)


def test_the_last_word_on_where_a_thing_comes_from_counts():
    origins = Origins().with_(adopted=["a", "b"], created=["c"])
    assert origins == Origins(frozenset("ab"), frozenset("c"))
    assert origins.with_(created=["a"]) == Origins(frozenset("b"), frozenset("ac"))
    assert origins.with_(adopted=["c"]) == Origins(frozenset("abc"), frozenset())


# acceptance

TWO = losses.find(plan_of({"tags": {"a": "1", "b": "2"}, "x": "y"}, {"tags": {}, "x": None}))


@pytest.mark.parametrize(
    ("names", "left"),
    [
        ([], ["tags", "x"]),
        ([f"{ADDRESS}.tags"], ["x"]),
        ([f"{ADDRESS}.tags", f"{ADDRESS}.x"], []),
        ([ADDRESS], []),
        ([f"static:{ADDRESS}"], []),
        ([f"other:{ADDRESS}"], ["tags", "x"]),
        ([f"{ADDRESS}.tag"], ["tags", "x"]),
        ([ADDRESS[:-1]], ["tags", "x"]),
        (["module.x", "module.x.aws_thing", ""], ["tags", "x"]),
    ],
)
def test_each_loss_is_accepted_by_name(names, left):
    accepted = Named(names)
    if not left:
        losses.check("dev/static", "static", TWO, accepted)
        return
    with pytest.raises(losses.Losing) as refused:
        losses.check("dev/static", "static", TWO, accepted)
    assert [line.split(":")[0].rpartition(".")[2] for line in refused.value.why.splitlines()[::3]] == left
    assert f"--accept '{ADDRESS}.{left[0]}'" in refused.value.hint


def test_what_was_made_half_way_is_kept_by_one_line():
    """The others are still accepted, or adopted, one by one."""
    bucket = plan_of({}, {}, actions=("delete", "create"), kind="aws_s3_bucket")
    bucket["resource_changes"][0]["action_reason"] = "replace_because_tainted"
    tainted = losses.find(bucket)
    other = losses.Loss('module.m.aws_s3_bucket.this["a b"]', "", "replaced", tainted=True)
    kept = (
        f"""dpctl state untaint --layer static {ADDRESS} 'module.m.aws_s3_bucket.this["a b"]', which keeps"""
    )
    for found, adopts in (((*tainted, other), False), ((*tainted, other, *TWO), True)):
        with pytest.raises(losses.Losing) as refused:
            losses.check("dev/static", "static", found, Named())
        assert refused.value.hint.startswith(kept)
        assert (losses.KEEP in refused.value.hint) is adopts


def test_a_name_counts_for_one_layer():
    accepted = Named([ADDRESS])
    losses.check("dev/static", "static", TWO, accepted)
    losses.check("dev/static", "static", TWO, accepted)
    with pytest.raises(losses.Losing):
        losses.check("dev/other", "other", TWO, accepted)
    both = Named([f"static:{ADDRESS}", f"other:{ADDRESS}"])
    losses.check("dev/static", "static", TWO, both)
    losses.check("dev/other", "other", TWO, both)


def test_an_index_with_a_colon_is_no_layer():
    name = 'aws_thing.y["a:b"]'
    assert Named([name]).covers("static", name)


def test_an_action_that_is_not_known_is_refused():
    with pytest.raises(guard.Refused, match="does not know"):
        guard.check("dev/static", [Change("aws_vpc.x", "aws_vpc", "transmogrify")], Named())


# properties

names = st.text("abc", min_size=1, max_size=2)
values = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.text("xyz", max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=12,
)
attributes = st.dictionaries(names, values, max_size=4)


def holds(value):
    return not (value in (None, False, "", 0) or value == [] or value == {})


@given(attributes)
def test_nothing_is_lost_where_nothing_changes(before):
    assert lost(before, copy.deepcopy(before)) == []


@given(attributes, st.dictionaries(st.text("def", min_size=1, max_size=2), values))
def test_nothing_is_lost_by_addition(before, more):
    assert lost(before, {**before, **more}) == []


@given(attributes)
def test_every_value_that_goes_is_named(before):
    assert {name.partition(".")[0].partition("[")[0] for name in lost(before, {})} == {
        name for name, value in before.items() if holds(value)
    }


@given(st.lists(st.text("xyz", min_size=1), unique=True, min_size=1), st.data())
def test_a_list_that_loses_an_entry_says_so(entries, data):
    gone = data.draw(st.sampled_from(entries))
    left = data.draw(st.permutations([entry for entry in entries if entry != gone]))
    assert lost({"a": entries}, {"a": list(left)}) == ["a"]


@given(attributes, attributes)
def test_the_text_of_json_is_judged_as_what_it_says(before, after):
    inside = {name.removeprefix("a.") for name in lost({"a": before}, {"a": after})}
    written = {name.removeprefix("a.") for name in lost({"a": json.dumps(before)}, {"a": json.dumps(after)})}
    assert written == inside or not before
