"""Resources as they stand in an account: each is made in moto, and its maker says what a plan knows of it.

A maker takes clients and returns the values of a planned resource of that type, and the import id under
which Terraform would take the made one over.
"""

from tests.functional.deploy.resources import events, network, storage

MADE = [*network.MADE, *storage.MADE, *events.MADE]
"""The resource type, and its maker."""
