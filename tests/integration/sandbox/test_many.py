"""Many at once: 200 connections to the database, and 2,000 requests over HTTP, all of them answered."""

from __future__ import annotations

import json
import selectors
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
import redshift_connector
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from dpctl.sandbox.services import redshift_data

pytestmark = [pytest.mark.sandbox, pytest.mark.storm]
CONNECTIONS, REQUESTS = 200, 2_000


def test_200_connections_at_once(account, config):
    """All are open at the same moment, each has a session of its own, and a further one gets in too."""
    host, port = redshift_data.address(account)
    password = account.store(redshift_data.Redshift).admin_password
    settings = {"user": config.databases.redshift.admin_user, "password": password, "timeout": 600}
    settings |= {"host": host, "port": port, "database": "dev", "ssl": False}
    all_open = threading.Barrier(CONNECTIONS)

    def session(number):
        with redshift_connector.connect(**settings) as connection:
            all_open.wait(timeout=900)
            cursor = connection.cursor()
            cursor.execute("select pg_backend_pid(), %s::int", (number,))
            return cursor.fetchone()

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        found = list(pool.map(session, range(CONNECTIONS)))
    assert [number for _, number in found] == list(range(CONNECTIONS))
    assert len({backend for backend, _ in found}) == CONNECTIONS
    with redshift_connector.connect(**settings) as connection:
        assert connection.cursor().execute("select 1").fetchone()


def request(account):
    """A signed request of CloudTrail's DescribeTrails, as bytes: the same one may be sent often."""
    place = urlsplit(account.endpoint)
    target = {"X-Amz-Target": "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.DescribeTrails"}
    headers = {"Content-Type": "application/x-amz-json-1.1", "Host": place.netloc} | target
    asked = AWSRequest("POST", account.endpoint + "/", headers=headers, data=b"{}")
    keys = account.credentials
    SigV4Auth(Credentials(keys.access_key, keys.secret_key), "cloudtrail", account.region).add_auth(asked)
    lines = [f"{name}: {value}" for name, value in asked.headers.items()]
    lines += ["Content-Length: 2", "Connection: close"]
    return ("\r\n".join(["POST / HTTP/1.1", *lines]) + "\r\n\r\n{}").encode()


def test_2000_requests_at_once(account):
    """As many connections are open, each with its request; every one is answered, and rightly."""
    place, asked = urlsplit(account.endpoint), request(account)
    waiting = selectors.DefaultSelector()
    for _ in range(REQUESTS):
        connection = socket.create_connection((place.hostname, place.port), timeout=900)
        connection.sendall(asked)
        connection.setblocking(False)
        waiting.register(connection, selectors.EVENT_READ, bytearray())
    answers = []
    while len(answers) < REQUESTS:
        ready = waiting.select(timeout=900)
        assert ready, f"{len(answers)} of {REQUESTS} are answered"
        for key, _ in ready:
            part = key.fileobj.recv(65_536)
            key.data.extend(part)
            if not part:
                waiting.unregister(key.fileobj)
                key.fileobj.close()
                answers.append(bytes(key.data))
    assert {answer.partition(b"\r\n")[0] for answer in answers} == {b"HTTP/1.1 200 OK"}
    names = {
        tuple(trail["Name"] for trail in json.loads(answer.partition(b"\r\n\r\n")[2])["trailList"])
        for answer in answers
    }
    assert len(names) == 1
