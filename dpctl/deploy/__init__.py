"""Planning and applying units with Terraform, in the order of their graph.

A run goes: ``plan.build`` (pure data) -> ``executor`` (which unit when) -> ``runner`` (one unit: work
directory, init, plan, guard, apply) -> ``terraform`` (the only module that starts processes) -> ``report``.
"""
