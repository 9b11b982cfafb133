"""The inside of a Lambda process: read the event, call the handler, write the answer.

Imports only the standard library, because it runs in the function's own environment.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
import traceback
import uuid
from pathlib import Path
from typing import Any


class Context:
    """The second argument of a handler (Lambda developer guide, "Using the Lambda context object")."""

    def __init__(self) -> None:
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.invoked_function_arn = os.environ["DPCTL_FUNCTION_ARN"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = "sandbox"
        self.aws_request_id = str(uuid.uuid4())
        self._end = time.monotonic() + 900

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the longest time a function may have."""
        return int((self._end - time.monotonic()) * 1000)


def main(descriptor: int) -> int:
    """Run the handler of this environment; 1 when it raised."""
    event: Any = json.loads(sys.stdin.read() or "null")
    failed = 0
    try:
        module, _, name = os.environ["_HANDLER"].rpartition(".")
        handler = getattr(importlib.import_module(module.replace("/", ".")), name)
        answer = json.dumps(handler(event, Context()))
    except Exception as error:
        traceback.print_exc()
        failed = 1
        lines = traceback.format_exc().splitlines()
        answer = json.dumps(
            {"errorMessage": str(error), "errorType": type(error).__name__, "stackTrace": lines}
        )
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(answer)
    return failed


if __name__ == "__main__":
    sys.path.insert(0, str(Path.cwd()))
    sys.exit(main(int(sys.argv[1])))
