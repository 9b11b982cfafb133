"""The network as a picture: one line for each destination, one box for each hop, the broken one marked.

Marks and words say what colours say, so that it can be read without them.
"""

from __future__ import annotations

from collections.abc import Iterator

from dpctl.doctor import report
from dpctl.doctor import snapshot as s
from dpctl.doctor.diagnosis import Diagnosis
from dpctl.doctor.paths import Hop, Path
from dpctl.visible import markup as escape

# kind of hop -> its column; the first three belong to the connection's side
COLUMNS = {
    "dns": 0,
    "security group": 1,
    "network acl": 2,
    "route": 3,
    "nat gateway": 4,
    "nat route": 4,
    "public access": 4,
    "endpoint": 4,
    "endpoint security group": 5,
    "warehouse security group": 5,
    "endpoint policy": 6,
    "warehouse": 6,
    "probe": 6,
}
HEADS = ("DNS", "security group", "network ACL", "route", "NAT or endpoint", "its security group", "its gate")
LEFT, TOP, STEP, ROW = 240, 150, 172, 62
WIDTH, HEIGHT = 156, 40
SERVICE_X = LEFT + len(HEADS) * STEP + 20
COLORS = {"open": "#1a7f37", "blocked": "#c62828", "unknown": "#b26a00"}
FILLS = {"open": "#e9f7ee", "blocked": "#fdecea", "unknown": "#fff6e5"}
GREY = "#b0b7bf"
# Plain colours first, for viewers that know no media queries; then the dark ones in their place.
STYLE = """
text{font:12px system-ui,sans-serif;fill:#1f2933}.h{font-weight:600;font-size:16px}
.s{fill:#52606d;font-size:11px}
.c{fill:#52606d;font-size:11px;font-weight:600}
@media (prefers-color-scheme: dark){text{fill:#eef2fb}.s,.c{fill:#a7b2c6}
rect[fill="#ffffff"]{fill:#10141d}rect[fill="#fbfcfd"]{fill:#171d2a}rect[fill="#eef4fb"]{fill:#1c2740}
rect[fill="#e9f7ee"]{fill:#12301c}rect[fill="#fdecea"]{fill:#3b1718}rect[fill="#fff6e5"]{fill:#33270d}
rect[fill="#f4f5f7"]{fill:#1f2738}line[stroke="#52606d"]{stroke:#a7b2c6}}
"""


def svg(diagnosis: Diagnosis) -> str:
    """The picture as an SVG document."""
    paths = diagnosis.paths
    rows = max(len(paths), 1)
    bottom = TOP + rows * ROW
    width = SERVICE_X + 290
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {bottom + 50}" width="{width}" '
        f'height="{bottom + 50}" role="img">',
        f"<style>{STYLE}</style>",
        f'<rect width="{width}" height="{bottom + 50}" fill="#ffffff"/>',
        *_title(diagnosis),
        *_frame(diagnosis, bottom),
    ]
    for number, path in enumerate(paths):
        parts += _row(path, TOP + number * ROW + ROW // 2)
    parts.append(_text(24, bottom + 34, "✓ passes   ✗ ends here   ? can't be seen   grey: not reached", "s"))
    return "\n".join([*parts, "</svg>"]) + "\n"


def name(diagnosis: Diagnosis) -> str:
    """What the picture is of."""
    connection = diagnosis.snapshot.known(s.CONNECTION)
    return f'Glue connection "{connection.name}"' if connection else "Glue connection"


def _title(diagnosis: Diagnosis) -> Iterator[str]:
    connection = diagnosis.snapshot.known(s.CONNECTION)
    status = f": {connection.status or 'never tested'}" if connection else ""
    yield _text(24, 34, name(diagnosis) + status, "h")
    verdict = diagnosis.verdict
    line = f"{verdict.code}  {verdict.title}" if verdict else "Nothing is broken."
    if verdict and verdict.cause:
        line += f"  Because of {verdict.cause}."
    yield _text(24, 58, line)


def _frame(diagnosis: Diagnosis, bottom: int) -> Iterator[str]:
    """The VPC, the connection's subnet in it, and the names of the columns."""
    connection = diagnosis.snapshot.known(s.CONNECTION)
    subnets = diagnosis.snapshot.known(s.SUBNETS) or ()
    subnet = s.find(subnets, connection.subnet) if connection else None
    height = bottom - TOP + 60
    yield _box(12, TOP - 60, SERVICE_X - 34, height, "#fbfcfd", "#7b8794", dash="6 4")
    yield _text(24, TOP - 42, f"VPC {subnet.vpc}" if subnet else "VPC", "c")
    yield _box(24, TOP, 190, bottom - TOP - 10, "#eef4fb", "#4a6fa5")
    lines = [
        "Glue's network interface",
        "private address only",
        connection.subnet if connection else "",
        f"{subnet.cidr}, {subnet.zone}" if subnet else "subnet not seen",
        *((connection.groups if connection else ())[:2]),
    ]
    for number, line in enumerate(lines):
        yield _text(34, TOP + 22 + number * 17, line, "" if number == 0 else "s")
    for number, head in enumerate(HEADS):
        yield _text(LEFT + number * STEP, TOP - 14, head, "c")


def _row(path: Path, y: int) -> Iterator[str]:
    """One destination: its hops from left to right; grey behind the one where the way ends."""
    boxes = _boxes(path)
    x, reached = 214, True
    for column, hops in sorted(boxes.items()):
        left = LEFT + column * STEP
        yield _line(x, y, left, reached)
        worst = _worst(hops)
        yield _hop(left, y, worst, hops, reached)
        x = left + WIDTH
        reached = reached and worst.outcome != "blocked"
    yield _line(x, y, SERVICE_X, reached)
    mark = "✓" if path.outcome == "open" else "?" if reached else "✗"
    need = "" if path.to.required else " (jobs)"
    color = COLORS[path.outcome] if reached or path.outcome == "open" else GREY
    yield _box(SERVICE_X, y - HEIGHT // 2, 260, HEIGHT, "#ffffff", color)
    yield _text(SERVICE_X + 10, y - 3, f"{mark} {path.to.name}{need}")
    yield _text(SERVICE_X + 10, y + 12, _short(f"{path.to.host}:{path.to.port}", 38), "s")


def _boxes(path: Path) -> dict[int, list[Hop]]:
    """The hops by column; the near network ACL stands before the route, the far one behind it."""
    boxes: dict[int, list[Hop]] = {}
    behind = False
    for hop in path.hops:
        behind = behind or hop.kind == "route"
        column = COLUMNS.get(hop.kind, -1)  # the subnet is the box that every way begins in
        if column < 0 and hop.outcome == "open":
            continue
        column = max(column, 0)
        if hop.kind == "network acl" and behind:
            column = 5
        boxes.setdefault(column, []).append(hop)
    return boxes


def _worst(hops: list[Hop]) -> Hop:
    order = {"blocked": 0, "unknown": 1, "open": 2}
    return min(hops, key=lambda hop: order[hop.outcome])


def _hop(x: int, y: int, hop: Hop, hops: list[Hop], reached: bool) -> str:
    color = COLORS[hop.outcome] if reached else GREY
    fill = FILLS[hop.outcome] if reached else "#f4f5f7"
    heavy = 3 if hop.outcome == "blocked" and reached else 1
    mark = report.OUTCOMES[hop.outcome]
    what = hop.text if hop.kind == "route" else "none here" if _missing(hop) else hop.resource
    words = "\n".join(one.text for one in hops)
    label = f" {hop.code}" if hop.outcome != "open" else ""
    return "".join(
        (
            f"<g><title>{escape(words)}</title>",
            _box(x, y - HEIGHT // 2, WIDTH, HEIGHT, fill, color, heavy=heavy),
            _text(x + 8, y - 3, _short(f"{mark}{label} {hop.kind}", 23)),
            _text(x + 8, y + 12, _short(_brief(what), 22), "s"),
            "</g>",
        )
    )


def _missing(hop: Hop) -> bool:
    return hop.kind == "endpoint" and hop.label == "MISSING"


def _brief(text: str) -> str:
    """A route without the name of its table; everything else as it is."""
    return text.split(": ", 1)[1].split(",")[0] if ": " in text else text


def _short(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _text(x: int, y: int, text: str, kind: str = "") -> str:
    return f'<text x="{x}" y="{y}"' + (f' class="{kind}"' if kind else "") + f">{escape(text)}</text>"


def _box(
    x: int, y: int, width: int, height: int, fill: str, stroke: str, *, dash: str = "", heavy: int = 1
) -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="6" fill="{fill}" stroke="{stroke}" '
        f'stroke-width="{heavy}"{dashed}/>'
    )


def _line(x1: int, y: int, x2: int, reached: bool) -> str:
    color = "#52606d" if reached else GREY
    dashed = "" if reached else ' stroke-dasharray="4 4"'
    return f'<line x1="{x1}" y1="{y}" x2="{x2}" y2="{y}" stroke="{color}" stroke-width="1.5"{dashed}/>'
