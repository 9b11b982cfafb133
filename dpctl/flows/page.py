"""The status as one page that needs nothing else: no script, no font, no request."""

from __future__ import annotations

from typing import Any

from dpctl.flows.status import Status
from dpctl.visible import markup as escape

STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --dim: #5b6470; --back: #ffffff; --card: #f3f5f7;
  --ok: #1a7f37; --warn: #9a6700; --stuck: #cf222e; --unknown: #6e7781; }
@media (prefers-color-scheme: dark) { :root {
  --ink: #e6edf3; --dim: #9aa4af; --back: #0d1117; --card: #161b22;
  --ok: #3fb950; --warn: #d29922; --stuck: #f85149; --unknown: #8b949e; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 64rem; padding: 1rem; font: 16px/1.5 system-ui, sans-serif;
  color: var(--ink); background: var(--back); }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
.next { padding: .75rem 1rem; border-left: .3rem solid var(--ok); background: var(--card); }
.next.stuck { border-color: var(--stuck); }
.chain { display: grid; gap: .75rem; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); padding: 0;
  list-style: none; }
.chain li { background: var(--card); border-radius: .5rem; padding: .75rem 1rem; overflow-wrap: anywhere; }
.state { font-weight: 600; }
.ok { color: var(--ok); } .warn { color: var(--warn); } .stuck { color: var(--stuck); }
.unknown { color: var(--unknown); } small, dt { color: var(--dim); }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: .3rem .6rem .3rem 0;
  vertical-align: top; overflow-wrap: anywhere; } .wide { overflow-x: auto; }
"""
DOCS = "docs/layers/ddb-redshift.md"


def page(status: Status, docs: str = "") -> str:
    """The whole HTML document; ``docs`` is the address that the links to the pages of docs/ start with."""
    where = "SANDBOX" if status.sandbox else "AWS"
    title = f"{status.env}: {'flowing' if status.ok else 'stuck'}"
    hops = "".join(_hop(hop) for hop in status.as_dict()["chain"])
    link = f'<a href="{escape(docs + DOCS)}">{escape(DOCS)}</a>'
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>{STYLE}</style>
</head>
<body>
<h1>{escape(title)}</h1>
<p><small>{where}, account {escape(status.account)}, {escape(status.at)}</small></p>
<p class="next{"" if status.ok else " stuck"}"><strong>Do this next:</strong> {escape(status.next)}</p>
{_unseen(status)}
<h2>The chain</h2>
<ol class="chain">{hops}</ol>
{_table("Loads", [status.loads] if status.loads else [])}
{_table("Dumps", status.dumps)}
{_table("Auto-copy", [{k: v for k, v in job.items() if k != "files"} for job in status.autocopy])}
{_table("Files that failed", [_failed(file) for job in status.autocopy for file in job["files"]])}
{_reasons(status.dead_letters)}
{_table("Layers", status.layers)}
{_table("This month", [status.cost] if status.cost else [])}
<p><small>What each part is, and what to do about it: {link}</small></p>
</body>
</html>
"""


def _unseen(status: Status) -> str:
    wanted = escape(", ".join(status.lacking))
    return f"<p>Not seen for want of: {wanted}</p>" if wanted else ""


def _hop(hop: dict[str, Any]) -> str:
    facts = []
    if hop["backlog"]:
        age = hop["oldest_seconds"]
        oldest = "" if age is None else f", the oldest for {age:,} s"
        facts.append(f"{hop['backlog']:,} waiting{oldest}")
    if hop["last_success"]:
        facts.append(f"last success {hop['last_success']}")
    more = f"<br><small>{escape('; '.join(facts))}</small>" if facts else ""
    head = f'<span class="state {hop["state"]}">{hop["state"]}</span> <strong>{escape(hop["hop"])}</strong>'
    return f"<li>{head}<br>{escape(hop['detail'])}{more}</li>"


def _failed(file: dict[str, Any]) -> dict[str, Any]:
    error = file["error"] or {"line": "", "column": "", "message": ""}
    return {"file": file["url"], "state": file["state"]} | {
        k: error[k] for k in ("line", "column", "message")
    }


def _table(title: str, rows: list[dict[str, Any]]) -> str:
    if not rows:
        return ""
    names = list(dict.fromkeys(name for row in rows for name in row))
    head = "".join(f"<th>{escape(str(name).replace('_', ' '))}</th>" for name in names)
    body = "".join(
        "<tr>" + "".join(f"<td>{_cell(row.get(name))}</td>" for name in names) + "</tr>" for row in rows
    )
    return f'<h2>{escape(title)}</h2><div class="wide"><table><tr>{head}</tr>{body}</table></div>'


def _cell(value: Any) -> str:
    if isinstance(value, dict):
        value = [f"{name}: {part}" for name, part in value.items()]
    if isinstance(value, list):
        value = ", ".join(str(part) for part in value)
    return escape("" if value is None else str(value))


def _reasons(letters: dict[str, Any]) -> str:
    if not letters.get("count"):
        return "<h2>Dead letters</h2><p>None.</p>"
    rows = [{"reason": reason, "of the newest": count} for reason, count in letters["reasons"].items()]
    return _table(f"Dead letters: {letters['count']}", rows)
