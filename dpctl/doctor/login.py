"""How the connection logs in: its secret, the role Glue takes on, and the keys that both need."""

from __future__ import annotations

from collections.abc import Mapping

from dpctl.aws import partition
from dpctl.doctor import model as m
from dpctl.doctor import parse
from dpctl.doctor import snapshot as s
from dpctl.doctor.asking import document, found
from dpctl.doctor.requirements import Scene, is_of, simulations
from dpctl.doctor.sections import Sections
from dpctl.doctor.simulator import simulate


class Login(Sections):
    """Asks about secret, role and keys."""

    def secret(self, *, deep: bool) -> None:
        """The description of the connection's secret; with ``deep`` the names of the keys in it."""
        connection = self.known(s.CONNECTION)
        name = connection.secret if connection else ""

        def describe() -> m.Secret | None:
            raw = found(lambda: self.call("secretsmanager", "describe_secret", SecretId=name))
            return parse.secret(raw) if raw else None

        def keys() -> m.SecretKeys | None:
            raw = found(lambda: self.call("secretsmanager", "get_secret_value", SecretId=name))
            return parse.secret_keys(raw.get("SecretString", "")) if raw else None

        self.facts[s.SECRET.name] = self.facts[s.SECRET_KEYS.name] = None
        if name:
            self.fill(s.SECRET, describe)
        if name and deep:
            self.fill(s.SECRET_KEYS, keys)

    def role(self) -> m.Role | None:
        """The role of the connection, of a job that uses it, or the expected one."""
        name = role_name(self.known(s.CONNECTION), self.known(s.JOBS) or (), self.target.expected)
        if not name:
            return None
        raw = found(lambda: self.call("iam", "get_role", RoleName=name))
        if not raw:
            return m.Role("", name, "")
        return m.Role(raw["Role"]["Arn"], name, document(raw["Role"].get("AssumeRolePolicyDocument")))

    def permissions(self) -> tuple[m.Decision, ...]:
        """What IAM's simulator says the role may do."""
        role = self.known(s.ROLE)
        if role is None or not role.arn:
            return ()
        asked = simulations(self.scene(role))
        return tuple(decision for one in asked for decision in simulate(self.asker, role.arn, one, is_of))

    def scene(self, role: m.Role) -> Scene:
        """What the role's requests will name."""
        secret, connection, (subnet, _) = self.known(s.SECRET), self.known(s.CONNECTION), self.home()
        account = role.arn.split(":")[4] if role.arn.count(":") >= 5 else ""
        region = self.target.region
        return Scene(
            partition(region),
            region,
            (subnet.owner if subnet else "") or account,
            subnet.vpc if subnet else "",
            subnet.id if subnet else "",
            connection.groups if connection else (),
            secret.arn if secret else "",
            # AWS's own keys let every principal of the account in through the service
            tuple(one.arn for one in self.known(s.KEYS) or () if one.manager != "AWS"),
        )

    def customer_keys(self) -> list[str]:
        """The KMS keys the connection depends on; AWS's own (``alias/aws/...``) need no permission."""
        secret, encryption = self.known(s.SECRET), self.known(s.ENCRYPTION)
        connection = self.known(s.CONNECTION)
        keys = [secret.kms_key] if secret else []
        if encryption and encryption.passwords_encrypted and connection and connection.plaintext_password:
            keys.append(encryption.key)
        return [key for key in dict.fromkeys(keys) if key and "alias/aws/" not in key]

    def keys(self) -> None:
        """The state and the policy of those keys."""

        def describe() -> tuple[m.Key, ...]:
            return tuple(self.key(key) for key in self.customer_keys())

        def policies() -> Mapping[str, str]:
            # GetKeyPolicy takes the id or ARN of a key and no alias (AWS KMS API reference)
            known = self.known(s.KEYS) or ()
            keys = [one.arn for one in known if one.state != "Missing" and one.manager != "AWS"]
            return {
                key: document(self.call("kms", "get_key_policy", KeyId=key, PolicyName="default")["Policy"])
                for key in keys
                if key.startswith("arn:")
            }

        self.fill(s.KEYS, describe)
        self.fill(s.KEY_POLICIES, policies)

    def key(self, identity: str) -> m.Key:
        """One key; a missing one has the state ``Missing``."""
        raw = found(lambda: self.call("kms", "describe_key", KeyId=identity))
        if not raw:
            return m.Key(identity, "Missing")
        data = raw["KeyMetadata"]
        return m.Key(data.get("Arn", identity), data.get("KeyState", ""), data.get("KeyManager", "CUSTOMER"))


def role_name(connection: m.Connection | None, jobs: tuple[m.Job, ...], expected: m.Expected | None) -> str:
    """The name of the role that Glue takes on for a connection."""
    candidates = [connection.role if connection else ""]
    candidates += [job.role for job in jobs if connection and connection.name in job.connections]
    candidates.append(expected.role if expected else "")
    return next((name.rsplit("/", 1)[-1] for name in candidates if name), "")
