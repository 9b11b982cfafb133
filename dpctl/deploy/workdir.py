"""The work directory of a unit: its module by reference, and what dpctl generates beside it.

Nothing is copied. ``.dpctl/units/<env>/<layer>/`` is a shadow of the repository: real folders on the way down
to the module, and a link for everything else at each level, so that ``./networking``, ``../shared`` and
``file("${path.module}/../../runtime/x.py")`` mean what they mean in the repository. Terraform runs in the
shadow of the module. Hidden folders (``.dpctl``, ``.git``) are not part of it.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dpctl import private
from dpctl.deploy.traces import Traces
from dpctl.errors import UsageError
from dpctl.livetree import Evaluation, Unit, shell, write_generated
from dpctl.livetree.unit import FILE

INPUTS = "dpctl.auto.tfvars.json"
IMPORTS = "dpctl_imports.tf"
BESIDE = "imports.tf"
PLAN = "dpctl.tfplan"
UNUSED = frozenset({"__pycache__", "tests"})  # init would install the modules of every test
INIT_MARK = ".dpctl-init"
RUN = ".run"
LOCK_FILE = ".terraform.lock.hcl"
SEED = ".dpctl-lock"  # the committed lock that LOCK_FILE started from; Terraform may add checksums to that
# what `terraform init` looks at: modules, providers, backend, versions
_INIT_LINES = re.compile(
    r"^\s*(?:(?:source|version|required_version|backend)\b.*"
    r'|(?:module|provider|backend|cloud)\s+"[^"]*"'
    r'|(?:resource|data|ephemeral)\s+"[a-z0-9]+(?=[_"]))',
    re.MULTILINE,
)


@dataclass(frozen=True)
class WorkDir:
    """A unit's work directory. ``path`` is where Terraform runs, ``source`` the module it stands for.

    ``traces`` is what a Terraform at work there leaves for a later dpctl. ``locked`` is whether a committed
    lock file says which providers it runs with.
    """

    path: Path
    source: Path
    log: Path
    traces: Traces
    locked: bool = False

    def locate(self, file: str, root: Path) -> str:
        """The repository's name of a file that Terraform names relative to ``path``."""
        if not file:
            return ""
        real = (self.path / file).resolve()
        return str(real.relative_to(root)) if real.is_relative_to(root) else file


def folder(state_folder: Path, unit: Unit, *, sandboxed: bool) -> Path:
    """The shadow's root of a unit; sandbox and account never share one."""
    name = unit.layer.replace("/", "+")
    return state_folder / "units" / unit.env / (name + ("-sandbox" if sandboxed else ""))


def location(state_folder: Path, unit: Unit, source: Path, *, sandboxed: bool) -> WorkDir:
    """Where a unit's work directory is; nothing is made."""
    shadow = folder(state_folder, unit, sandboxed=sandboxed)
    inside = source.is_relative_to(unit.root)
    path = shadow / (source.relative_to(unit.root) if inside else source.name)
    log = state_folder / "logs" / unit.env / f"{shadow.name}.log"
    locked = committed_lock(unit.directory, source) is not None
    return WorkDir(path, source, log, traces_of(state_folder, unit, sandboxed=sandboxed), locked)


def committed_lock(*folders: Path) -> Path | None:
    """The lock file of the first folder that has one: the unit's own goes before the module's."""
    return next((folder / LOCK_FILE for folder in folders if (folder / LOCK_FILE).is_file()), None)


def traces_of(state_folder: Path, unit: Unit, *, sandboxed: bool) -> Traces:
    """The traces of a unit's Terraform; the module may be another than when it was started."""
    return Traces(folder(state_folder, unit, sandboxed=sandboxed) / RUN)


def prepare(
    state_folder: Path,
    evaluation: Evaluation,
    environ: Mapping[str, str],
    *,
    sandboxed: bool,
    imports: bool = True,
) -> WorkDir:
    """Bring a unit's work directory up to date: links, generated files, inputs.

    ``imports`` is whether an imports.tf beside the unit counts. Raises UsageError when the module is not
    there, ConfigError when a generated file is in the way.
    """
    unit, source = evaluation.unit, evaluation.source
    if not source.is_dir():
        raise UsageError(f"{unit.name}: there is no module at {source}.", file=unit.file)
    work = location(state_folder, unit, source, sandboxed=sandboxed)
    private.folder(state_folder.parent, *work.path.relative_to(state_folder.parent).parts)
    with suppress(OSError):  # a log that can't be written stops nothing
        work.log.parent.mkdir(parents=True, exist_ok=True)
    shadow = folder(state_folder, unit, sandboxed=sandboxed)
    _shadow(unit, source, shadow, work.path, skip=() if imports else (BESIDE,))
    seed_lock(committed_lock(unit.directory, source), work.path)
    for file in evaluation.files:
        _make_way(unit, work.path, file.path)
    write_generated(work.path, evaluation.files)
    outside = shell.inputs(environ)
    given = {name: value for name, value in evaluation.inputs.items() if name not in outside}
    _write(work.path / INPUTS, json.dumps(given, indent=2, sort_keys=True, ensure_ascii=False) + "\n")
    _drop_old_files(work.path, {INPUTS, *(file.path for file in evaluation.files)})
    return work


def _shadow(unit: Unit, source: Path, shadow: Path, path: Path, skip: Collection[str]) -> None:
    if source.is_relative_to(unit.root) and source != unit.root:
        real, here = unit.root, shadow
        for part in source.relative_to(unit.root).parts:
            _link_all(_entries(real, without=part), here)
            real, here = real / part, here / part
    # what stands beside terragrunt.hcl (imports.tf above all) is part of the module, as it is for Terragrunt
    beside = {
        name: entry
        for name, entry in _entries(unit.directory).items()
        if entry.is_file() and name != FILE and name not in skip
    }
    _link_all(_entries(source) | beside, path)


def _entries(folder: Path, *, without: str = "") -> dict[str, Path]:
    entries = {}
    for entry in folder.iterdir():
        hidden = entry.name.startswith(".") or ".tfstate" in entry.name or entry.name in UNUSED
        if not hidden and entry.name != without:
            entries[entry.name] = entry
    return entries


def _link_all(links: Mapping[str, Path], folder: Path) -> None:
    """Make the folder's links exactly these; real files (what is generated) stay."""
    folder.mkdir(parents=True, exist_ok=True)
    for entry in folder.iterdir():
        if entry.is_symlink() and (entry.name not in links or entry.readlink() != links[entry.name]):
            entry.unlink()
    for name, target in links.items():
        link = folder / name
        if link.is_symlink():
            continue
        if link.is_file():
            link.unlink()  # generated by an earlier run
        if not link.exists():
            link.symlink_to(target)


def _make_way(unit: Unit, path: Path, name: str) -> None:
    """Put a copy where a generated file meets one of the module: nothing is written through a link."""
    target = path / name
    if target.parent.resolve() != path.resolve():
        raise UsageError(
            f"{unit.name}: generate writes {name}, which is not in the module's own folder.",
            why="The module is used where it stands, so that dpctl never writes into its folders.",
            hint="a path without folders",
            file=unit.file,
        )
    module = target.read_bytes() if target.is_symlink() and target.is_file() else None
    target.unlink(missing_ok=True)
    if module is not None:
        target.write_bytes(module)


def seed_lock(committed: Path | None, path: Path) -> None:
    """Start from the committed lock file, and again whenever it has changed; never write it back."""
    text = committed.read_bytes() if committed else b""
    seed = path / SEED
    before = seed.read_bytes() if seed.is_file() else b""
    if text == before and (not text or (path / LOCK_FILE).is_file()):
        return
    if text:
        (path / LOCK_FILE).write_bytes(text)
    else:
        (path / LOCK_FILE).unlink(missing_ok=True)
    (path / INIT_MARK).unlink(missing_ok=True)
    seed.write_bytes(text)


def _drop_old_files(path: Path, keep: Iterable[str]) -> None:
    """Remove what earlier runs generated and this one did not: a stale import would still count."""
    names = set(keep)
    for entry in path.iterdir():
        stale = entry.suffix == ".tf" or entry.name.endswith((".auto.tfvars.json", ".tf.json"))
        if stale and not entry.is_symlink() and entry.name not in names:
            entry.unlink()


def needs_init(work: WorkDir, signature: str) -> str | None:
    """None when the last init still holds; otherwise the mark to write once a new one has succeeded."""
    mark = _init_digest(work.path, signature)
    file = work.path / INIT_MARK
    ready = file.is_file() and _sound(work.path / ".terraform")
    return None if ready and file.read_text(encoding="utf-8") == mark else mark


def _sound(data: Path) -> bool:
    """Whether what init wrote down can be read: a disk that was full, or a kill, leaves half a file."""
    if not data.is_dir():
        return False
    for name in ("terraform.tfstate", "modules/modules.json"):
        with suppress(FileNotFoundError):
            try:
                json.loads((data / name).read_bytes())
            except (ValueError, IsADirectoryError):
                return False
    return True


def forget_init(work: WorkDir) -> None:
    """Take away all that init made: the next one begins from nothing. Providers stay in their cache."""
    shutil.rmtree(work.path / ".terraform", ignore_errors=True)
    for name in (LOCK_FILE, SEED, INIT_MARK):
        (work.path / name).unlink(missing_ok=True)


def mark_init(work: WorkDir, mark: str) -> None:
    """Remember that init has succeeded for what ``needs_init`` saw."""
    _write(work.path / INIT_MARK, mark)


def _init_digest(path: Path, signature: str) -> str:
    digest = hashlib.sha256(signature.encode())
    for file in sorted(_module_files(path)):
        text = file.read_text(encoding="utf-8", errors="replace")
        lines = [text] if file.suffix == ".json" else sorted(set(_INIT_LINES.findall(text)))
        if not file.is_symlink() and file.parent == path:
            lines = [text]  # generated: the backend and the provider
        digest.update(f"{file.relative_to(path)}\0{lines}\0".encode())
    return digest.hexdigest()


def _module_files(path: Path) -> list[Path]:
    found: list[Path] = []
    pending = [path]
    while pending:
        here = pending.pop()
        for entry in here.iterdir():
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                pending.append(entry)
            elif entry.name.endswith((".tf", ".tf.json")):
                found.append(entry)
    return found


def _write(path: Path, text: str) -> None:
    if path.is_symlink():
        path.unlink()
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
