"""Which secret a command signs in with: env.yaml's, or the one that Redshift made for its own password."""

from __future__ import annotations

import json

import pytest

from dpctl.config import load_environment
from dpctl.errors import AwsError
from dpctl.redshift import settings
from tests.unit.redshift.fakes import error

OWN = (
    "arn:aws:secretsmanager:ap-south-1:111122223333:secret:redshift!data-pipeline-prod-redshift-admin-AbCdEf"
)


class Account:
    """Stands in for Aws: one namespace, and secrets by what they are asked for with."""

    def __init__(self, namespace, secrets=()):
        self.namespace, self.secrets, self.asked = namespace, dict(secrets), []

    def client(self, _service, **_options):
        return self

    def get_namespace(self, **params):
        self.asked.append(params)
        if isinstance(self.namespace, Exception):
            raise self.namespace
        return {"namespace": self.namespace}

    def get_secret_value(self, **params):
        return {"SecretString": json.dumps(self.secrets[params["SecretId"]])}


def test_a_secret_of_env_yaml_is_used_as_it_is_named(repo):
    account = Account({})
    assert settings.target(load_environment(repo, "dev"), account)["SecretArn"] == "test/redshift"
    assert account.asked == []


def test_where_redshift_keeps_the_password_its_own_secret_is_used(repo):
    account = Account({"adminPasswordSecretArn": OWN}, {OWN: {"username": "admin", "password": "pw"}})
    prod = load_environment(repo, "prod")
    assert settings.target(prod, account)["SecretArn"] == OWN
    assert account.asked == [{"namespaceName": "data-pipeline-prod-redshift"}]
    assert settings._credentials(prod, account) == ("admin", "pw")


@pytest.mark.parametrize("namespace", [{}, error("ResourceNotFoundException", "no such namespace")])
def test_a_namespace_without_a_secret_is_said_before_anything_is_sent(repo, namespace):
    with pytest.raises(AwsError) as told:
        settings.secret_id(load_environment(repo, "prod"), Account(namespace))
    assert "data-pipeline-prod-redshift" in told.value.what
