"""How a function gets into a VPC: with its role, Lambda makes network interfaces.

Source: Lambda developer guide, "Giving Lambda functions access to resources in an Amazon VPC".
"""

from __future__ import annotations

from dpctl.sandbox.access.needs import Need
from dpctl.sandbox.account import Account
from dpctl.sandbox.calls import Call, ServiceError
from dpctl.sandbox.services import lambdas, roles
from dpctl.sandbox.services.resources import Known

# What Lambda looks for before it takes a function.
WANTED = {
    "ec2:CreateNetworkInterface": "network-interface/*",
    "ec2:DescribeNetworkInterfaces": "",
    "ec2:DeleteNetworkInterface": "network-interface/*",
}


def check_network(account: Account, call: Call) -> None:
    """Refuse a function in a VPC whose role may not make interfaces there. Raises ServiceError."""
    params = call.params()
    role = str(params.get("Role", "")) or _role(account, str(params["FunctionName"]))
    if not (params.get("VpcConfig") or {}).get("SubnetIds") or Known(account).policy(role) is None:
        return
    for action, kind in WANTED.items():
        try:
            need = Need(action, account.arn("ec2", kind) if kind else "*")
            roles.require(account, role, lambdas.SERVICE, need, name="vpc")
        except ServiceError as error:
            if "sts:AssumeRole" in error.message:
                return  # whom the role trusts is asked where it is set
            call_name = action.partition(":")[2]
            message = f"The provided execution role does not have permissions to call {call_name} on EC2"
            raise ServiceError("InvalidParameterValueException", message, 400) from error


def _role(account: Account, name: str) -> str:
    """The role that a function has; empty where there is no function, as the call itself will say."""
    try:
        return str(lambdas.find(account, name).role)
    except ServiceError:
        return ""


HANDLERS = {
    ("lambda", "CreateFunction"): check_network,
    ("lambda", "UpdateFunctionConfiguration"): check_network,
}
