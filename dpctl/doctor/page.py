"""The diagnosis as one page: the chain at the top, the same hops as text below, and the report.

Nothing is loaded from elsewhere, and nothing is run: ids that are cut short are shown whole on hover and
focus, the list of hops is what a phone shows, and a screen reader reads the packet's path as the list it is.
"""

from __future__ import annotations

from collections.abc import Iterator

from dpctl.doctor import report
from dpctl.doctor.diagnosis import Diagnosis
from dpctl.doctor.finding import MARKS
from dpctl.doctor.paths import Hop, Path
from dpctl.doctor.picture import name, svg
from dpctl.visible import markup

STYLE = """
  :root { color-scheme: light dark; --paper:#fff; --ink:#1f2933; --soft:#52606d; --line:#d5dbe3;
          --card:#f7f9fb; --open:#1a7f37; --blocked:#c62828; --unknown:#b26a00; }
  @media (prefers-color-scheme: dark) {
    :root { --paper:#10141d; --ink:#eef2fb; --soft:#a7b2c6; --line:#35415c; --card:#1a2130;
            --open:#56d364; --blocked:#ff7b72; --unknown:#e3b341; } }
  body { margin: 0 auto; max-width: 1700px; padding: 20px; background: var(--paper); color: var(--ink);
         font: 15px/1.45 system-ui, sans-serif; }
  h1 { font-size: 20px; margin: 0 0 4px; } h2 { font-size: 16px; margin: 28px 0 8px; }
  h3 { font-size: 14px; margin: 0; }
  .verdict { font-size: 16px; margin: 0 0 16px; white-space: pre-line; overflow-wrap: anywhere; }
  .chain { overflow-x: auto; } .chain svg { max-width: 100%; height: auto; min-width: 1100px; }
  .ways { display: grid; gap: 14px; grid-template-columns: repeat(auto-fill, minmax(330px, 1fr)); }
  .way { border: 1px solid var(--line); border-radius: 8px; padding: 12px; background: var(--card); }
  .way ol { margin: 8px 0 0; padding: 0; list-style: none; }
  .way li { border-left: 3px solid var(--line); padding: 3px 0 3px 10px; overflow-wrap: anywhere; }
  .way li:focus { outline: 2px solid var(--soft); }
  .open { border-color: var(--open) !important; } .blocked { border-color: var(--blocked) !important; }
  .unknown { border-color: var(--unknown) !important; }
  .soft { color: var(--soft); font-size: 13px; } a { color: inherit; }
  table { border-collapse: collapse; width: 100%; }
  td { border-top: 1px solid var(--line); padding: 5px 8px 5px 0;
          vertical-align: top; overflow-wrap: anywhere; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: 13px; }
  @media (max-width: 700px) { body { padding: 12px; } .chain { display: none; }
    .ways { grid-template-columns: 1fr; } td { display: block; border: 0; padding: 1px 0; }
    tr { display: block; border-top: 1px solid var(--line); padding: 6px 0; } }
"""
WORDS = {"open": "passes", "blocked": "ends here", "unknown": "can't be seen"}


def html(diagnosis: Diagnosis, pages: str = "") -> str:
    """The page. ``pages`` is what the addresses of the checks' pages begin with; relative ones without it."""
    title = markup(name(diagnosis))
    parts = [
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{title}</title>\n<style>{STYLE}</style></head>\n<body>",
        f"<h1>{title}</h1>",
        f'<p class="verdict">{markup(_verdict(diagnosis))}</p>',
        f'<div class="chain" aria-hidden="true">{svg(diagnosis)}</div>',
        "<h2>The packet's path</h2>",
        '<div class="ways">',
        *(_way(path, pages) for path in diagnosis.paths),
        "</div>",
        "<h2>The checks</h2>",
        f"<table><tbody>{''.join(_checks(diagnosis, pages))}</tbody></table>",
        f"<h2>The report</h2>\n<pre>{markup(report.text(diagnosis, verbose=1))}</pre>",
        "</body></html>\n",
    ]
    return "\n".join(parts)


def _verdict(diagnosis: Diagnosis) -> str:
    return "\n".join(report.verdict(diagnosis))


def _way(path: Path, pages: str) -> str:
    """One destination: the hops in the order in which the packet passes them."""
    need = "" if path.to.required else ", for jobs only"
    end = path.ends_at
    hops = "".join(_hop(number, hop, hop is end, pages) for number, hop in enumerate(path.hops, 1))
    outcome = {"open": "open", "blocked": "blocked", "unknown": "can't be seen to its end"}[path.outcome]
    return (
        f'<section class="way {path.outcome}"><h3>{markup(path.to.name)}: {outcome}</h3>'
        f'<div class="soft">{markup(f"{path.to.host}:{path.to.port}")} ({markup(path.to.why)}{need})</div>'
        f"<ol>{hops}</ol></section>"
    )


def _hop(number: int, hop: Hop, last: bool, pages: str) -> str:
    mark, word = report.OUTCOMES[hop.outcome], WORDS[hop.outcome]
    if hop.outcome == "blocked" and not last:
        word = "blocked too"
    whole = markup(f"{hop.kind} {hop.resource}: {word}. {hop.text}")
    code = f' <a href="{_page(hop.code, pages)}">{hop.code}</a>' if hop.outcome != "open" else ""
    return (
        f'<li class="{hop.outcome}" tabindex="0" title="{whole}"><span aria-hidden="true">{mark}</span> '
        f"{number}. "
        f'<b>{markup(hop.kind)}</b> <span class="soft">{markup(hop.resource)}</span>: {word}{code}<br>'
        f'<span class="soft">{markup(hop.text)}</span></li>'
    )


def _checks(diagnosis: Diagnosis, pages: str) -> Iterator[str]:
    for one in diagnosis.findings:
        mark, word = MARKS[one.result]
        lines = "<br>".join(markup(line) for line in one.evidence) if one.result != "skip" else ""
        yield (
            f'<tr><td><a href="{_page(one.code, pages)}">{one.code}</a></td><td>{mark} {word}</td>'
            f'<td>{markup(one.title)}<div class="soft">{lines}</div></td></tr>'
        )


def _page(code: str, pages: str) -> str:
    return f"{pages}docs/checks/{code}.md"
