"""RDS: what happens to the instance of env.yaml happens to the MySQL behind it (``dpctl/sandbox/mysql.py``).

moto keeps the instances. Where no server is installed, they stay a description.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dpctl.sandbox import patches
from dpctl.sandbox.account import Account
from dpctl.sandbox.calls import Answer, Call
from dpctl.sandbox.info import MySqlAddress
from dpctl.sandbox.mysql import Instance, MySql, program
from dpctl.sandbox.redshift import ca_file, server_chain


@dataclass
class Database:
    """The server of the account's instance; None where it has none, or none is installed."""

    server: MySql | None = None
    looked: bool = False

    def close(self) -> None:
        """Stop it."""
        if self.server is not None:
            self.server.close()


def server(account: Account) -> MySql | None:
    """The server, which listens from the first time it is asked for; None without one."""
    mysql = account.environment.config.databases.mysql
    with account.lock:
        store = account.store(Database)
        if not store.looked:
            store.looked = True
            if mysql is not None and program() is not None:
                store.server = MySql(account.data_dir / "mysql", mysql.port, lambda: _certificates(account))
        return store.server


def identifier(account: Account) -> str:
    """The instance's name in the account; empty where env.yaml has none."""
    environment = account.environment
    mysql = environment.config.databases.mysql
    return environment.resource(mysql.identifier) if mysql else ""


def endpoint(account: Account) -> str:
    """The name that the instance has in AWS's DNS; jobs reach the server by it."""
    return patches.rds_address(identifier(account), account.region)


def address(account: Account) -> MySqlAddress | None:
    """Where the server is reached; None without one."""
    found, mysql = server(account), account.environment.config.databases.mysql
    if found is None or mysql is None:
        return None
    return MySqlAddress(found.host, found.port, mysql.database, mysql.username, endpoint(account))


def hosts(account: Account) -> dict[str, str]:
    """The names that processes inside the account resolve, with their addresses."""
    found = server(account)
    return {endpoint(account): str(found.host)} if found is not None else {}


def names(account: Account) -> tuple[str, ...]:
    """The names that the sandbox's certificate has to be valid for, so that MySQL can show it."""
    return (endpoint(account),) if identifier(account) else ()


def _certificates(account: Account) -> tuple[Path, Path]:
    folder = account.data_dir / "redshift"
    return ca_file(folder), server_chain(folder, names(account))


def _changed(account: Account, call: Call, answer: Answer) -> MySql | None:
    """The server, where a call that succeeded was about its instance."""
    ours = call.params().get("DBInstanceIdentifier") == identifier(account)
    return server(account) if answer.status < 300 and ours else None


def created(account: Account, call: Call, answer: Answer) -> None:
    """After CreateDBInstance, or one restored: the server answers for it."""
    params, found = call.params(), _changed(account, call, answer)
    if found is None:
        return
    instance = _described(account)
    password = params.get("MasterUserPassword") or _managed_password(account, instance)
    found.run(Instance(instance.get("DBName") or "mysql", instance["MasterUsername"], password))
    found.require_tls(_tls_required(account, instance))


def modified(account: Account, call: Call, answer: Answer) -> None:
    """After ModifyDBInstance: a new password of the administrator, another parameter group."""
    params, found = call.params(), _changed(account, call, answer)
    if found is None:
        return
    if params.get("MasterUserPassword"):
        found.set_password(params["MasterUserPassword"])
    elif params.get("ManageMasterUserPassword") or params.get("RotateMasterUserPassword"):
        found.set_password(_managed_password(account, _described(account)))
    if params.get("DBParameterGroupName"):
        found.require_tls(_tls_required(account, _described(account)))


def parameters_changed(account: Account, call: Call, answer: Answer) -> None:
    """After ModifyDBParameterGroup: what the server knows of it is whether TLS is a must."""
    found = account.store(Database).server
    if answer.status < 300 and found is not None and found.instance is not None:
        found.require_tls(_tls_required(account, _described(account)))


def _tls_required(account: Account, instance: dict[str, Any]) -> bool:
    """``require_secure_transport`` of the instance's groups ("Requiring SSL/TLS", RDS user guide)."""
    pages = account.client("rds").get_paginator("describe_db_parameters")
    values = [
        str(parameter.get("ParameterValue"))
        for group in instance.get("DBParameterGroups", [])
        for page in pages.paginate(DBParameterGroupName=group["DBParameterGroupName"])
        for parameter in page["Parameters"]
        if parameter.get("ParameterName") == "require_secure_transport"
    ]
    return bool(values) and values[-1].lower() in ("1", "on")


def ended(account: Account, call: Call, answer: Answer) -> None:
    """After DeleteDBInstance, StopDBInstance and StartDBInstance."""
    found = _changed(account, call, answer)
    if found is None:
        return
    if call.operation == "DeleteDBInstance":
        found.forget()
    else:
        found.pause(call.operation == "StartDBInstance")


def secret_changed(account: Account, call: Call, answer: Answer) -> None:
    """After a new value of a secret: the password in the one of the instance is the instance's.

    In AWS a rotation does both; here writing the secret is enough.
    """
    found = account.store(Database).server
    if answer.status >= 300 or found is None or found.instance is None:
        return
    params = call.params()
    login = _login(params.get("SecretString", ""))
    if login.get("username") != found.instance.user or not login.get("password"):
        return
    said = json.loads(answer.body)
    if said.get("Name") in _secret_names(account) or login.get("host") == endpoint(account):
        found.set_password(str(login["password"]))


def _secret_names(account: Account) -> set[str]:
    environment = account.environment
    names = {environment.resource(environment.config.secrets.database)}
    arn = _described(account).get("MasterUserSecret", {}).get("SecretArn")
    if arn:
        names.add(account.client("secretsmanager").describe_secret(SecretId=arn)["Name"])
    return names


def _described(account: Account) -> dict[str, Any]:
    found = account.client("rds").describe_db_instances(DBInstanceIdentifier=identifier(account))
    instance: dict[str, Any] = found["DBInstances"][0]
    return instance


def _managed_password(account: Account, instance: dict[str, Any]) -> str:
    """A new password in the secret that RDS made, where it made one: moto's is the same for everybody."""
    arn = instance.get("MasterUserSecret", {}).get("SecretArn")
    if not arn:
        return ""
    login = {"username": instance["MasterUsername"], "password": f"Aa1{secrets.token_hex(14)}"}
    account.client("secretsmanager").put_secret_value(SecretId=arn, SecretString=json.dumps(login))
    return str(login["password"])


def _login(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def page(account: Account, document: Any) -> dict[str, Any]:
    """Where the server is, and its administrator's password: for who has the sandbox's token."""
    found = server(account)
    if found is None or found.instance is None:
        return {}
    instance = found.instance
    return {
        "host": found.host,
        "port": found.port,
        "database": instance.database,
        "user": instance.user,
        "password": instance.password,
    }


AFTER = {
    ("rds", "CreateDBInstance"): created,
    ("rds", "RestoreDBInstanceFromDBSnapshot"): created,
    ("rds", "ModifyDBInstance"): modified,
    ("rds", "ModifyDBParameterGroup"): parameters_changed,
    ("rds", "DeleteDBInstance"): ended,
    ("rds", "StopDBInstance"): ended,
    ("rds", "StartDBInstance"): ended,
    ("secretsmanager", "PutSecretValue"): secret_changed,
    ("secretsmanager", "UpdateSecret"): secret_changed,
}
CONTROL = {("GET", "mysql"): page}
