"""Names that others chose: no command to the terminal, no forged line, no markup."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from dpctl.doctor import fixes, model, page, picture, pipeline, report
from dpctl.doctor import snapshot as s
from dpctl.doctor.diagnosis import diagnose
from dpctl.doctor.links import Chain
from tests.unit.doctor import accounts as a
from tests.unit.doctor.accounts import account, edit, failed
from tests.unit.doctor.chains import FACTS, NAMES, trigger

FORGED = "x\nVerdict  nothing is broken.\x1b[2J\x07\x9b31m\u202eevil\u2066<script>alert(1)</script>&\r\n✓ ok"
HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def everywhere(value):
    """A thing with hostile text in every text field that is no key to another thing."""
    fields = {"name", "description", "failure", "error", "reason", "owner", "validated_at", "changed_at"}
    changed = {f: FORGED for f in fields & set(getattr(value, "__dataclass_fields__", {}))}
    return replace(value, **changed) if changed else value


def hostile(snapshot):
    facts = {}
    for name, value in snapshot.facts.items():
        if isinstance(value, tuple):
            facts[name] = tuple(everywhere(one) for one in value)
        else:
            facts[name] = everywhere(value)
    facts["connection"] = replace(facts["connection"], name=FORGED, reason=FORGED, zone=FORGED, status=FORGED)
    facts["caller"] = model.Caller(FORGED, FORGED, a.REGION)
    return replace(snapshot, facts=facts, derived={})


ACCOUNTS = {
    "replica": hostile(a.replica_account()),
    "healthy": hostile(a.endpoints_account()),
    "failed": hostile(account(a.nat_account, failed(), edit(s.NATS, "nat-1", state=FORGED))),
}


@pytest.mark.parametrize("name", ACCOUNTS)
def test_no_line_of_the_report_is_forged(name):
    diagnosis = diagnose(ACCOUNTS[name])

    for text in (report.text(diagnosis, 1), fixes.describe(fixes.make(diagnosis), None, "dev")):
        assert not HARMFUL.search(text.replace("\n", ""))
        assert len(re.findall(r"^Verdict", text, re.MULTILINE)) <= 1
        assert not re.search(r"^(✓ ok|evil)", text, re.MULTILINE)


@pytest.mark.parametrize("name", ACCOUNTS)
def test_the_drawings_hold_text_and_nothing_else(name):
    diagnosis = diagnose(ACCOUNTS[name])

    for drawing in (picture.svg(diagnosis), page.html(diagnosis)):
        assert not HARMFUL.search(drawing)
        assert "<script>alert" not in drawing
    assert ET.fromstring(picture.svg(diagnosis)).tag.endswith("svg")


def test_the_pipeline_s_lines_are_its_own():
    facts = {
        **FACTS,
        "triggers": trigger(Name=FORGED, State="DEACTIVATED"),
        "keys": {f"the table: {FORGED}": FORGED},
    }
    facts["runs"] = {"JobRuns": [{"JobRunState": "FAILED", "ErrorMessage": FORGED}]}
    chain = Chain(NAMES, facts)

    text = pipeline.text(chain, pipeline.examine(chain))

    assert not HARMFUL.search(text.replace("\n", ""))
    assert len(re.findall(r"^Verdict", text, re.MULTILINE)) == 1
    assert not re.search(r"^✓ ok", text, re.MULTILINE)
