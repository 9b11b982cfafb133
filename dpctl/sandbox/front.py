"""The WSGI application in front of moto: counts calls, injects faults, answers what moto lacks.

Every request is identified first. A fault may refuse or delay it; a handler of ``services.HANDLERS`` may
answer it; otherwise moto does. What AWS would do next (an event for a DynamoDB write) follows in
``services.AFTER``.
"""

from __future__ import annotations

import json
import logging
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dpctl.sandbox.account import Account
from dpctl.sandbox.calls import Answer, Call, ServiceError, identify
from dpctl.sandbox.faults import Faults

if TYPE_CHECKING:
    from dpctl.config import Environment

log = logging.getLogger(__name__)

StartResponse = Callable[..., Any]
Environ = dict[str, Any]


class Front:
    """The application of one account. ``token`` proves to a client which sandbox it has reached."""

    def __init__(self, account: Account) -> None:
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

        self.account = account
        self.faults = Faults()
        self.calls: Counter[tuple[str, str]] = Counter()
        self.token = uuid.uuid4().hex
        self.last_call = time.monotonic()
        self._moto = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        if environ.get("PATH_INFO", "").startswith("/_sandbox/"):
            return _send(self._control(environ), start_response)
        self.last_call = time.monotonic()
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = self.account.account_id
        call = identify(environ)
        if call is None:
            return self._pass_on(environ, start_response)
        self.calls[call.service, call.operation] += 1
        refused = self._fault(call)
        if refused is not None:
            return _send(_unread(environ, refused), start_response)
        answer = self._own(call)
        if answer is None:
            return self._with_moto(call, environ, start_response)
        return _send(self._after(call, answer), start_response)

    def close(self) -> None:
        """End everything that was started for the account."""
        self.account.close()

    def _fault(self, call: Call) -> Answer | None:
        fault = self.faults.take(call.service, call.operation)
        if fault is None:
            return None
        time.sleep(fault.delay_seconds)
        if fault.code is None:
            return None
        answer = call.refuse(ServiceError(fault.code, fault.message, fault.status))
        return Answer(fault.status, answer.headers, answer.body)

    def _own(self, call: Call) -> Answer | None:
        from dpctl.sandbox.services import HANDLERS, OWN_SERVICES

        handler = HANDLERS.get((call.service, call.operation))
        if handler is None:
            return call.refuse(_not_there(call)) if call.service in OWN_SERVICES else None
        try:
            result = handler(self.account, call)
            return None if result is None else call.answer(result)
        except ServiceError as error:
            return call.refuse(error)
        except Exception as error:
            return call.refuse(_translate(call, error))

    def _with_moto(self, call: Call, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        from dpctl.sandbox.services import AFTER

        try:
            if (call.service, call.operation) not in AFTER:
                return self._pass_on(environ, start_response)
            answer = self._capture(environ)
        except Exception as error:
            return _send(call.refuse(_translate(call, error)), start_response)
        return _send(self._after(call, answer), start_response)

    def _pass_on(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        with self.account.lock:
            response: Iterable[bytes] = self._moto(environ, start_response)
            return response

    def _capture(self, environ: Environ) -> Answer:
        seen: list[Any] = []
        body = b"".join(
            self._pass_on(environ, lambda status, headers, exc_info=None: seen.append((status, headers)))
        )
        status, headers = seen[0]
        return Answer(int(status.split()[0]), dict(headers), body)

    def _after(self, call: Call, answer: Answer) -> Answer:
        from dpctl.sandbox.services import AFTER

        for hook in AFTER.get((call.service, call.operation), ()):
            try:
                answer = hook(self.account, call, answer) or answer
            except Exception:
                log.exception("after %s %s", call.service, call.operation)
        return answer

    def _control(self, environ: Environ) -> Answer:
        """The sandbox's own pages, under /_sandbox/."""
        from dpctl.sandbox.services import CONTROL

        method, page = environ["REQUEST_METHOD"], environ["PATH_INFO"].removeprefix("/_sandbox/").strip("/")
        try:
            length = int(environ.get("CONTENT_LENGTH") or 0)
            document = json.loads(environ["wsgi.input"].read(length) or b"null") if method == "POST" else None
            match method, page:
                case "GET", "info":
                    return _json({"token": self.token, "account_id": self.account.account_id})
                case "GET", "calls":
                    return _json(self._counts())
                case "GET", "faults":
                    return _json(self.faults.as_list())
                case "POST", "faults":
                    self.faults.replace(document)
                    return _json(self.faults.as_list())
                case _ if (method, page) in CONTROL:
                    return _json(CONTROL[method, page](self.account, document))
        except (ValueError, KeyError) as error:
            return _json({"error": str(error)}, 400)
        except ServiceError as error:
            return _json({"error": error.message, "code": error.code}, error.status)
        return _json({"error": f"There is no {method} /_sandbox/{page}."}, 404)

    def _counts(self) -> list[dict[str, Any]]:
        return [
            {"service": service, "operation": operation, "count": count}
            for (service, operation), count in sorted(self.calls.items())
        ]


def build(environment: Environment, *, data_dir: Path) -> Front:
    """Make the application of an environment's account, with nothing in it yet.

    ``replica.seed(front.account, kind)`` fills it once the application is being served, because the replica
    is made through the API like anything else. One account per process: moto keeps its own in globals.
    """
    from dpctl.sandbox import backends

    backends.configure()
    backends.reset()
    data_dir.mkdir(parents=True, exist_ok=True)
    return Front(Account(environment, data_dir))


def _unread(environ: Environ, answer: Answer) -> Answer:
    """Take in a body that nobody reads, or the connection would break; HEAD gets no body back."""
    if "dpctl.body" not in environ:
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    return answer if environ["REQUEST_METHOD"] != "HEAD" else Answer(answer.status, answer.headers, b"")


def _not_there(call: Call) -> ServiceError:
    return ServiceError("NotImplemented", f"The sandbox has no {call.service} {call.operation}.", 501)


def _translate(call: Call, error: Exception) -> ServiceError:
    """moto's own exceptions keep their code; anything else is a defect, and is not worth a retry (501)."""
    from moto.core.exceptions import JsonRESTError, ServiceException

    if isinstance(error, NotImplementedError):
        return _not_there(call)
    if isinstance(error, ServiceException):
        return ServiceError(error.code, str(error.message))
    if isinstance(error, JsonRESTError):
        return ServiceError(str(error.error_type), str(error.message), error.code or 400)
    log.exception("%s %s", call.service, call.operation)
    return ServiceError("InternalFailure", f"{type(error).__name__}: {error}", 501)


def _json(document: Any, status: int = 200) -> Answer:
    return Answer(status, {"Content-Type": "application/json"}, json.dumps(document, default=str).encode())


def _send(answer: Answer, start_response: StartResponse) -> Iterable[bytes]:
    headers = {name: value for name, value in answer.headers.items() if name.lower() != "content-length"}
    headers["Content-Length"] = str(len(answer.body))
    start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", list(headers.items()))
    return [answer.body]
