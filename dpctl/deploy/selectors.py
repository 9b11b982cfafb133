"""A trail's basic event selectors as the advanced ones that select the same events.

A trail has one kind or the other: putting advanced ones takes the basic ones away, and with them the
management events that every trail logs unless told otherwise. Terraform does not show that: a trail that
nobody ever told anything has no selector in its state. Sources: CloudTrail API, "PutEventSelectors",
"EventSelector", "DataResource" and "AdvancedFieldSelector".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

TRAIL = "aws_cloudtrail"
BY_PREFIX = "AWS::S3::Object"  # its values are prefixes; those of functions and tables are whole ARNs
READ_ONLY = {"ReadOnly": "true", "WriteOnly": "false"}

Selected = dict[str, Any]


@dataclass(frozen=True)
class Basic:
    """A basic event selector; without values it is what a new trail has: all management events."""

    read_write: str = "All"
    management: bool = True
    excluded: tuple[str, ...] = ()
    resources: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @classmethod
    def of_api(cls, one: Mapping[str, Any]) -> Basic:
        """From ``GetEventSelectors``."""
        resources = (
            (item["Type"], tuple(item.get("Values") or ())) for item in one.get("DataResources") or ()
        )
        return cls(
            str(one.get("ReadWriteType") or "All"),
            one.get("IncludeManagementEvents") is not False,
            tuple(one.get("ExcludeManagementEventSources") or ()),
            tuple(resources),
        )

    @classmethod
    def of_plan(cls, one: Mapping[str, Any]) -> Basic:
        """From an ``event_selector`` of a Terraform plan."""
        resources = (
            (item["type"], tuple(item.get("values") or ())) for item in one.get("data_resource") or ()
        )
        return cls(
            str(one.get("read_write_type") or "All"),
            one.get("include_management_events") is not False,
            tuple(one.get("exclude_management_event_sources") or ()),
            tuple(resources),
        )

    def advanced(self) -> Iterator[Selected]:
        """The same as advanced selectors, in env.yaml's form (``audit.more_selectors``)."""
        if self.management:
            excluded = [{"field": "eventSource", "not_equals": list(self.excluded)}] if self.excluded else []
            yield self._selector("Management events", "Management", excluded)
        for kind, values in self.resources:
            fields: list[Selected] = [{"field": "resources.type", "equals": [kind]}]
            if not any(_everything(value) for value in values):
                operator = "starts_with" if kind == BY_PREFIX else "equals"
                fields.append({"field": "resources.ARN", operator: list(values)})
            yield self._selector(f"Data events of {kind}", "Data", fields)

    def _selector(self, name: str, category: str, fields: list[Selected]) -> Selected:
        category_field = {"field": "eventCategory", "equals": [category]}
        only = READ_ONLY.get(self.read_write)
        reads = [{"field": "readOnly", "equals": [only]}] if only else []
        return {"name": name, "fields": [category_field, *fields, *reads]}


def _everything(value: str) -> bool:
    """Whether a value means all of a type: ``arn:aws:s3``, ``arn:aws:s3:::``, ``arn:aws:lambda``."""
    return value.rstrip(":").count(":") == 2


def as_advanced(basic: Iterable[Basic]) -> list[Selected]:
    """The advanced selectors of a trail with these basic ones; with none it is as a new trail."""
    return [selector for one in (tuple(basic) or (Basic(),)) for selector in one.advanced()]


def comparable(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Two values of a trail in a plan so that what is lost between them shows, basic selectors included."""
    now = after.get("advanced_event_selector")
    if before.get("advanced_event_selector") or not now:
        return before, after
    was = as_advanced(Basic.of_plan(one) for one in before.get("event_selector") or ())
    return (
        {**before, "event_selector": [], "advanced_event_selector": [_fields(one["fields"]) for one in was]},
        {**after, "advanced_event_selector": [_fields(one.get("field_selector") or ()) for one in now]},
    )


def _fields(fields: Iterable[Mapping[str, Any]]) -> Selected:
    """Conditions by field, whatever their order and the selector's name."""
    return {
        str(one["field"]): {
            operator: sorted(values) if isinstance(values, list) else values
            for operator, values in one.items()
            if operator != "field" and values
        }
        for one in fields
    }
