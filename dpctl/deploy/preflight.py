"""What is checked before Terraform starts: who is calling, which account, and that the state has a bucket."""

from __future__ import annotations

from pathlib import Path

from dpctl.aws import Aws
from dpctl.config import Environment
from dpctl.deploy import bootstrap
from dpctl.errors import AccessError, DpctlError
from dpctl.livetree import RemoteState


def check(
    environment: Environment, aws: Aws, remote: RemoteState | None, folder: Path, *, again: bool = False
) -> None:
    """Raise AccessError for no credentials or a wrong account, DpctlError when the state bucket is missing.

    In the sandbox the bucket is made when it is not there; a mark under ``folder`` remembers that for as long
    as the same sandbox answers, so that a run that changes nothing needs no client. ``again`` ignores it.
    """
    if aws.sandboxed:
        _sandbox(aws, remote, folder / f"state-bucket-{environment.name}", again=again)
        return
    check_account(environment, aws)
    if remote is not None and remote.backend == "s3":
        bucket = str(remote.config["bucket"])
        if not bootstrap.exists(aws, bucket):
            raise DpctlError(
                f"The bucket for Terraform's state does not exist: {bucket}.",
                why="It is made once per account and region, before the first apply.",
                hint=f"dpctl state bootstrap --env {environment.name}",
            )


def check_account(environment: Environment, aws: Aws) -> None:
    """Raise AccessError for no credentials, or those of another account. The sandbox has the right one."""
    if aws.sandboxed:
        return
    account, wanted = aws.account_id(), environment.config.account_id
    if account != wanted:
        raise AccessError(
            f"These credentials belong to account {account}; {environment.name} is account {wanted}.",
            why=f"account_id in {environment.file.relative_to(environment.root)} says so.",
            hint="AWS_PROFILE=<a profile of that account> dpctl ..., aws: {profile: ...} in env.yaml, "
            "or dpctl --sandbox ... to rehearse",
        )


def _sandbox(aws: Aws, remote: RemoteState | None, mark: Path, *, again: bool) -> None:
    if remote is None or remote.backend != "s3":
        return
    bucket = str(remote.config["bucket"])
    text = f"{aws.environment['AWS_ENDPOINT_URL']} {bucket}\n"
    if not again and mark.is_file() and mark.read_text(encoding="utf-8") == text:
        return
    if not bootstrap.exists(aws, bucket):
        bootstrap.carry_out(aws, bootstrap.calls(bucket, aws.region, create=True))
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.write_text(text, encoding="utf-8")
