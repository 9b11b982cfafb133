"""The local account: AWS's services for one environment, on this machine, without credentials.

``start`` runs a server process of its own and comes back when it answers; everything reaches it through the
one endpoint URL of ``SandboxInfo``. There is at most one sandbox per environment; its state, its log and its
data live in ``.dpctl/sandbox/<env>/``.
"""

from dpctl.sandbox.info import Account, MySqlAddress, SandboxInfo
from dpctl.sandbox.lifecycle import reset, start, status, stop
from dpctl.sandbox.pages import ask, variables
from dpctl.sandbox.realism import Kind as Realism

__all__ = [
    "Account",
    "MySqlAddress",
    "Realism",
    "SandboxInfo",
    "ask",
    "reset",
    "start",
    "status",
    "stop",
    "variables",
]
