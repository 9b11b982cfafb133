"""The WSGI application in front of moto: who may come in, counts, faults, and what moto lacks.

Every request passes the gate (``gate``), is identified (``calls``) and checked (``checks``). A fault may
refuse or delay it; a handler of ``services.HANDLERS`` may answer it; otherwise moto does. What AWS would do
next (an event for a DynamoDB write) follows in ``services.AFTER``.
"""

from __future__ import annotations

import io
import json
import logging
import math
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterable
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from dpctl.aws import SANDBOX_HEADER
from dpctl.sandbox import checks, gate, machine_time, models, patches, signature
from dpctl.sandbox.access.record import Record
from dpctl.sandbox.account import Account
from dpctl.sandbox.calls import Answer, Call, ServiceError, identify, service_of
from dpctl.sandbox.faults import Faults
from dpctl.sandbox.realism import Realism
from dpctl.sandbox.services import propagation
from dpctl.sandbox.services.roles import caller_of

if TYPE_CHECKING:
    from dpctl.config import Environment

log = logging.getLogger(__name__)

StartResponse = Callable[..., Any]
# moto's own pages: they reset, record and hand out credentials, for whoever asks.
CLOSED = ("/moto-api", "/latest/")
# Services whose requests name their operation; of the others the path does.
RPC = gate.XML | {"cloudtrail", "dynamodb", "events", "glue", "kms", "logs", "redshift-data"}
RPC |= {"redshift-serverless", "secretsmanager", "sqs", "stepfunctions"}
UNJUDGED = ServiceError("AccessDenied", "What this asks for is not known, so no policy allows it.", 403)
Environ = dict[str, Any]


class Front:
    """The application of one account. ``token`` proves to a client which sandbox it has reached."""

    def __init__(self, account: Account) -> None:
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

        self.account = account
        self.faults = Faults()
        self.calls: Counter[tuple[str, str]] = Counter()
        self.token = secrets.token_hex(16)
        self.last_call = time.monotonic()
        self.checking_seconds = 0.0  # of all requests, added up
        self._moto = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        marked = _marked(start_response, self.account.account_id)
        try:
            gate.check_origin(environ)
            if environ.get("PATH_INFO", "").startswith("/_sandbox/"):
                return _send(self._control(environ), marked)
            environ["HTTP_X_MOTO_ACCOUNT_ID"] = self.account.account_id
            return self._admit(environ, marked)
        except gate.Forbidden as error:
            return _send(_discard(environ, _json({"message": str(error)}, 403)), marked)
        except ValueError as error:
            return _send(_json({"message": str(error)}, 400, close=True), marked)

    def _admit(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Let a call in that is signed with a key of this account."""
        call, service = None, "s3"
        try:
            found = signature.read(environ)
            service = service_of(environ, found)
            credentials = self.account.credentials_of(found.access_key)
            if credentials or _length(environ) <= MAX_DISCARDED:  # a stranger's large body is not read
                call = identify(environ, found)
            gate.check_signature(environ, found, credentials, self.account.clock.moved_since)
        except signature.BadSignature as error:
            refusal = gate.refusal(error, service)
            answer = call.refuse(refusal) if call else _plain(refusal, service)
            return _send(_discard(environ, self._with_region(answer, service)), start_response)
        except ServiceError as error:
            return _send(_plain(error, service), start_response)
        self.last_call = time.monotonic()
        if environ.get("PATH_INFO", "").startswith(CLOSED):
            raise gate.Forbidden("This page is closed.")
        if call is None and service in RPC:
            unknown = models.unknown(service, environ)
            log.warning("%s: %s", service, unknown.message)
            return _send(_unread(environ, _plain(unknown, service)), start_response)
        if call is None and caller_of(self.account, found.access_key):
            return _send(_unread(environ, _plain(UNJUDGED, service)), start_response)
        if call is None:  # a path that is no operation's: moto says that there is nothing
            log.warning("%s: %s %s", service, environ["REQUEST_METHOD"], environ["PATH_INFO"])
            return self._pass_on(environ, start_response)
        return self._serve(call, environ, start_response)

    def _serve(self, call: Call, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        self.calls[call.service, call.operation] += 1
        refused = self._check(call) or self._fault(call)
        if refused is not None:
            return _send(_unread(environ, refused), start_response)
        propagation.before_change(self.account, call)
        answer = self._own(call)
        if answer is None:
            return self._with_moto(call, environ, start_response)
        return _send(self._after(call, answer), start_response)

    def _with_region(self, answer: Answer, service: str) -> Answer:
        """S3 tells everybody where a bucket is: clients ask without a key to find its region."""
        headers = {"x-amz-bucket-region": self.account.region} if service == "s3" else {}
        return Answer(answer.status, answer.headers | headers, answer.body)

    def close(self) -> None:
        """End everything that was started for the account."""
        self.account.close()
        patches.release(self.account.clock)

    def _check(self, call: Call) -> Answer | None:
        began = time.perf_counter()
        try:
            checks.check(self.account, call)
        except ServiceError as error:
            return call.refuse(error)
        finally:
            self.checking_seconds += time.perf_counter() - began
        return None

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
                return self._pass_on(environ, start_response, call)
            answer = self._capture(environ, call)
        except Exception as error:
            return _send(call.refuse(_translate(call, error)), start_response)
        return _send(self._after(call, answer), start_response)

    def _pass_on(
        self, environ: Environ, start_response: StartResponse, call: Call | None = None
    ) -> Iterable[bytes]:
        """Let moto answer, as the operation that was checked."""
        named = call.operation if call and not call.protocol.startswith("rest") else ""
        body = environ["wsgi.input"]
        if isinstance(body, io.BytesIO):  # moto takes it in one piece
            environ["wsgi.input_terminated"] = True
        arrived = _arrived(body, call)
        with self.account.lock:
            tokens = patches.CHECKED.set(named), patches.ARRIVED.set(arrived)
            try:
                response: Iterable[bytes] = self._moto(environ, start_response)
                return response
            finally:
                patches.CHECKED.reset(tokens[0])
                patches.ARRIVED.reset(tokens[1])

    def _capture(self, environ: Environ, call: Call) -> Answer:
        seen: list[Any] = []

        def start(status: str, headers: Any, exc_info: Any = None) -> None:
            seen.append((status, headers))

        body = b"".join(self._pass_on(environ, start, call))
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
        if (method, page) == ("GET", "health"):
            return _json(self._health(environ.get("QUERY_STRING", "")))
        gate.check_token(environ, self.token)
        try:
            length = int(environ.get("CONTENT_LENGTH") or 0)
            document = _posted(environ, length) if method == "POST" else None
            match method, page:
                case "GET", "info":
                    return _json(self._info())
                case "GET", "calls":
                    return _json(self._counts())
                case "GET", "needs":
                    return _json(self.account.store(Record).listing())
                case "POST", "needs":  # from here on anew
                    self.account.store(Record).clear()
                    return _json([])
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

    def _health(self, query: str) -> dict[str, Any]:
        """What everybody may know: that this is a sandbox; to a challenge, the proof of which one."""
        challenge = dict(parse_qsl(query)).get("challenge", "")
        proof = {"proof": gate.proof(self.token, challenge)} if len(challenge) >= 32 else {}
        return {"sandbox": True, "account_id": self.account.account_id, **proof}

    def _info(self) -> dict[str, Any]:
        return {
            "account_id": self.account.account_id,
            "region": self.account.region,
            "realism": self.account.realism.kind,
            "seed": self.account.realism.seed,
            "requests": sum(self.calls.values()),
            "checking_seconds": self.checking_seconds,
        }

    def _counts(self) -> list[dict[str, Any]]:
        return [
            {"service": service, "operation": operation, "count": count}
            for (service, operation), count in sorted(self.calls.items())
        ]


def build(environment: Environment, *, data_dir: Path, realism: Realism | None = None) -> Front:
    """Make the application of an environment's account, with nothing in it yet; calm, unless said otherwise.

    ``replica.seed(front.account, kind)`` fills it once the application is being served, because the replica
    is made through the API like anything else. One account per process: moto keeps its own in globals.
    """
    from dpctl.sandbox import backends

    backends.configure()
    backends.reset()
    data_dir.mkdir(parents=True, exist_ok=True)
    account = Account(environment, data_dir, realism=realism or Realism())
    machine_time.WAITING.use(account.clock, calm=account.realism.calm)
    return Front(account)


def _unread(environ: Environ, answer: Answer) -> Answer:
    """Take in a body that nobody reads, or the connection would break; HEAD gets no body back."""
    if "dpctl.body" not in environ:
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    return answer if environ["REQUEST_METHOD"] != "HEAD" else Answer(answer.status, answer.headers, b"")


MAX_DISCARDED = 1 << 20


def _discard(environ: Environ, answer: Answer) -> Answer:
    """Refuse who may not be here: a small body is thrown away, with a large one goes the connection."""
    if _length(environ) <= MAX_DISCARDED:
        return _unread(environ, answer)
    return Answer(answer.status, answer.headers | {"Connection": "close"}, answer.body)


def _length(environ: Environ) -> float:
    """The bytes of the body; of one in chunks nobody knows."""
    if "wsgi.input_terminated" in environ:
        return math.inf
    return int(environ.get("CONTENT_LENGTH") or 0)


def _posted(environ: Environ, length: int) -> Any:
    if environ.get("CONTENT_TYPE", "").partition(";")[0].strip() != "application/json":
        raise ValueError("the header Content-Type must be application/json")
    return json.loads(environ["wsgi.input"].read(length) or b"null")


def _marked(start_response: StartResponse, account_id: str) -> StartResponse:
    """Every answer says that it comes from a sandbox, and none lets a page of another origin read it."""

    def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        kept = [(name, value) for name, value in headers if not name.lower().startswith("access-control-")]
        return start_response(status, [*kept, (SANDBOX_HEADER, account_id)], exc_info)

    return start


def _plain(error: ServiceError, service: str) -> Answer:
    """An error for a call that is no known one, in the service's protocol."""
    if service not in gate.XML and service != "s3":
        headers = {"Content-Type": "application/x-amz-json-1.1", "x-amzn-ErrorType": error.code}
        body = json.dumps({"__type": error.code, "message": error.message})
        return Answer(error.status, headers, body.encode())
    text = f"<Error><Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message></Error>"
    if service == "ec2":
        text = f"<Response><Errors>{text}</Errors></Response>"
    elif service != "s3":
        text = f"<ErrorResponse>{text}</ErrorResponse>"
    return Answer(error.status, {"Content-Type": "application/xml"}, text.encode())


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


def _json(document: Any, status: int = 200, *, close: bool = False) -> Answer:
    headers = {"Content-Type": "application/json"} | ({"Connection": "close"} if close else {})
    return Answer(status, headers, json.dumps(document, default=str).encode())


def _arrived(body: Any, call: Call | None) -> patches.Arrived | None:
    """What will be an object, made ready where nobody else waits for it."""
    if not isinstance(body, io.BytesIO) or not call or (call.service, call.operation) != ("s3", "PutObject"):
        return None
    return patches.Arrived.of(body.getvalue())


def _send(answer: Answer, start_response: StartResponse) -> Iterable[bytes]:
    headers = {name: value for name, value in answer.headers.items() if name.lower() != "content-length"}
    headers["Content-Length"] = str(len(answer.body))
    start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", list(headers.items()))
    return [answer.body]
