"""Resolve the names in DPCTL_HOSTS (``name=address``), and take the time from the clock in DPCTL_CLOCK.

Python imports this file when it starts. ``time.time`` is as far ahead as the sandbox's clock; a long
``time.sleep`` says until when it sleeps, and ends when the clock is moved there. Requests are signed with
this machine's time, which ``datetime`` has.
"""

import os
import socket
import threading
import time

_known = dict(pair.split("=", 1) for pair in os.environ.get("DPCTL_HOSTS", "").split())
_clock = os.environ.get("DPCTL_CLOCK", "")
_resolve, _time, _sleep = socket.getaddrinfo, time.time, time.sleep
_LONG, _LOOK, _KEPT = 1.0, 0.02, 0.01  # seconds
_read = [float("-inf"), 0.0]


def _getaddrinfo(host, *args, **kwargs):  # type: ignore[no-untyped-def]
    name = host.decode() if isinstance(host, bytes) else host
    return _resolve(_known.get(name, host), *args, **kwargs)


def _now() -> float:
    if time.monotonic() - _read[0] > _KEPT:
        try:
            with open(os.path.join(_clock, "ahead"), encoding="ascii") as file:
                _read[1] = float(file.read())
        except (OSError, ValueError):
            pass  # the sandbox ends
        _read[0] = time.monotonic()
    return _time() + _read[1]


def _wait(seconds: float) -> None:
    if seconds < _LONG:
        _sleep(seconds)
        return
    path = os.path.join(_clock, "sleepers", f"{os.getpgid(0)}-{os.getpid()}-{threading.get_ident()}")
    wakes = _now() + seconds
    try:
        with open(path + ".new", "w", encoding="ascii") as file:
            file.write(repr(wakes))
        os.replace(path + ".new", path)
    except OSError:
        _sleep(seconds)
        return
    try:
        while _now() < wakes:
            _sleep(min(_LOOK, max(0.0, wakes - _now())))
    finally:
        try:
            os.unlink(path)
        except OSError:
            pass


if _known:
    socket.getaddrinfo = _getaddrinfo
if _clock:
    time.time, time.sleep = _now, _wait  # type: ignore[assignment]
