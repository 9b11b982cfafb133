"""Resolve the names in DPCTL_HOSTS (``name=address``), and take the time from the clock in DPCTL_CLOCK.

Python imports this file when it starts. ``time.time`` is as far ahead as the sandbox's clock; a long
``time.sleep`` ends when the clock is moved there. While every thread sleeps so, or waits for one that does,
the process says until when. Requests are signed with this machine's time, which ``datetime`` has.
"""

import os
import socket
import sys
import threading
import time

_known = dict(pair.split("=", 1) for pair in os.environ.get("DPCTL_HOSTS", "").split())
_clock = os.environ.get("DPCTL_CLOCK", "")
_resolve, _time, _sleep = socket.getaddrinfo, time.time, time.sleep
_LONG, _LOOK, _KEPT = 1.0, 0.02, 0.01  # seconds
_read = [float("-inf"), 0.0]
_asleep = {}  # type: dict[int, float]  # until when, by thread
_told, _places = [""], [{}]  # type: list[str], list[dict[int, tuple[int, int]]]
_lock = threading.Lock()
_WAITING = (os.sep + "threading.py", os.sep + "queue.py", os.path.join("concurrent", "futures", "thread.py"))


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


def _alone() -> bool:
    """Whether every thread sleeps, or waits for another one; those in the background are not asked.

    One that waits is at the same place of a module that makes threads wait as it was a moment ago.
    """
    frames = sys._current_frames()
    others = [one.ident for one in threading.enumerate() if not one.daemon and one.ident not in _asleep]
    places = {one: (id(frames[one]), frames[one].f_lasti) for one in others if one in frames}
    stand, _places[0] = places == _places[0], places
    waiting = all(frames[one].f_code.co_filename.endswith(_WAITING) for one in places)
    return stand and waiting and None not in others  # one without a number is only being started


def _tell(path: str) -> None:
    """Say until when the threads sleep; nothing while one is awake."""
    said = " ".join(map(repr, sorted(_asleep.values()))) if _alone() else ""
    if said and said != _told[0]:
        with open(path + ".new", "w", encoding="ascii") as file:
            file.write(said)
        os.replace(path + ".new", path)
        _told[0] = said
    elif not said:
        _untell(path)


def _untell(path: str) -> None:
    _told[0] = ""
    try:
        os.unlink(path)
    except OSError:
        pass


def _wait(seconds: float) -> None:
    if seconds < _LONG:
        _sleep(seconds)
        return
    path = os.path.join(_clock, "sleepers", f"{os.getpgid(0)}-{os.getpid()}")
    thread, wakes = threading.get_ident(), _now() + seconds
    _asleep[thread] = wakes
    try:
        while _now() < wakes:
            with _lock:
                _tell(path)
            _sleep(min(_LOOK, max(0.0, wakes - _now())))
    except OSError:  # the sandbox ends
        _sleep(max(0.0, wakes - _now()))
    finally:
        with _lock:
            del _asleep[thread]
            _untell(path)


if _known:
    socket.getaddrinfo = _getaddrinfo
if _clock:
    time.time, time.sleep = _now, _wait  # type: ignore[assignment]
