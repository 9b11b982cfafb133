"""All layers, applied where everything takes its time (`--realism aws`).

Once in an account that stands, and once in an empty one. The clock goes on by itself while Terraform waits;
what flows afterwards is moved on by hand.
"""

from __future__ import annotations

import pytest

from tests.conftest import require_providers
from tests.integration.conftest import copy_tree, stop_all
from tests.permissions.scenes import Account

pytestmark = [pytest.mark.storm, pytest.mark.sandbox, pytest.mark.terraform]
ACCOUNTS = {"dev": "existing", "prod": "empty"}
PATIENCE_SECONDS = 7200
ROWS = 6


@pytest.mark.parametrize("env", ACCOUNTS)
def test_all_layers_where_everything_takes_its_time(repo, tmp_path, env):
    require_providers()
    workspace = copy_tree(repo, tmp_path)

    def dpctl(*words):
        return workspace.dpctl("--sandbox", *words, "--env", env, timeout=PATIENCE_SECONDS)

    try:
        options = ("--realism", "aws", "--account", ACCOUNTS[env])
        started = workspace.dpctl("sandbox", "start", "--env", env, *options)
        assert started.code == 0, started.stderr
        account = Account(workspace, env)
        for words in (("state", "bootstrap", "--yes"), ("apply", "--yes"), ("tables", "apply", "--yes")):
            done = dpctl(*words)
            assert done.code == 0, (words, done.stderr, done.stdout)
        again = dpctl("plan")
        assert (again.code, "No changes." in again.stdout) == (0, True), (again.stderr, again.stdout)
        written = account.aws.client("dynamodb")
        for number in range(ROWS):
            item = {"PartKey": {"S": f"key-{number}"}, "customer": {"S": "a"}, "amount": {"N": "1.5"}}
            written.put_item(TableName=account.name(account.config.databases.dynamodb.table), Item=item)
        account.post("clock", {"advance_seconds": 3600})
        assert rows(dpctl) == ROWS
        status = dpctl("status", "--json")
        assert status.json["ok"], status.stdout
    finally:
        stop_all(workspace)


def rows(dpctl) -> int:
    """How many rows are in Redshift."""
    answer = dpctl("sql", "SELECT count(*) AS n FROM public.orders", "--json").json
    return int(answer["statements"][0]["rows"][0][0])
