"""The edge limits: limits inside the app are off here, so that only the edge can pass it.

Clients are pods with addresses of their own, straight to the gateway, and one outside with an address of Telegram's.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import world
from kube import CLIENTS, client_pod, execute, kubectl, pods, remove_clients, secret, upgrade, wait_for
from up import CLUSTER, run
from world import TELEGRAM, World

AVERAGE, BURST = 50, 100
RATE, SECONDS = 100, 30
SHARE = (BURST + AVERAGE * SECONDS) / (RATE * SECONDS)
LOAD = (Path(__file__).parent / "load.py").read_text()
TELEGRAMS = ["149.154.160.0/20", "91.108.4.0/22"]


@pytest.fixture(scope="module")
def outside() -> Any:
    running = world.start()
    yield running
    world.stop()


@pytest.fixture(scope="module")
def clients() -> Any:
    """Two pods: the one's address is let in beside Telegram's ranges, the other's is not."""
    inside = client_pod("inside")
    client_pod("outsider")
    simulator = pods("telegram", "devstack")[0]["status"]["podIP"]
    ranges = json.dumps([*TELEGRAMS, f"{inside}/32", f"{simulator}/32"])
    upgrade("--set-json", f"edge.allowList.sourceRanges={ranges}")
    wait_for("the gateway knows the new list", lambda: _one("outsider")[0] == 403, seconds=30)
    wait_for("the bucket is full again", lambda: _one("inside")[0] == 200, seconds=30)
    yield
    remove_clients()
    upgrade()


def _plan(first: int, rate: float = RATE, seconds: float = SECONDS, **more: Any) -> str:
    return json.dumps(
        {
            "url": f"http://{kubectl('-n', 'traefik', 'get', 'service', 'traefik', '-o', 'jsonpath={.spec.clusterIP}')}"
            "/telegram/webhook",
            "host": "bot.lbc.test",
            "secret": secret("lbc-ingress", "webhook-secret"),
            "first": first,
            "rate": rate,
            "seconds": seconds,
            **more,
        }
    )


def _load(pod: str, plan: str) -> dict[str, Any]:
    return json.loads(execute(CLIENTS, pod, "python", "-c", LOAD, plan))  # type: ignore[no-any-return]  # our own words


def _one(pod: str) -> tuple[int, int]:
    answers = _load(pod, _plan(1, rate=1, seconds=1))["answers"]
    (status,) = answers
    return int(status), answers[status]


def test_what_the_bucket_lets_through_and_nothing_else(clients: None) -> None:
    with ThreadPoolExecutor() as pool:
        # An outsider knocks as hard at the same time.
        outsider = pool.submit(_load, "outsider", _plan(5_000_000))
        let_in = _load("inside", _plan(1_000_000))
    answers = let_in["answers"]
    print(f"let through: {answers.get('200', 0)} of {let_in['sent']} in {let_in['seconds']:.1f} s; outsider:", end=" ")
    print(outsider.result()["answers"])
    assert let_in["seconds"] < SECONDS * 1.02, "the client was too slow to say anything"
    assert set(answers) == {"200", "429"}
    assert answers["200"] / let_in["sent"] == pytest.approx(SHARE, rel=0.05)
    assert outsider.result()["answers"] == {"403": RATE * SECONDS}


def test_an_address_of_telegrams_is_let_in_by_the_default_list(clients: None, outside: World) -> None:
    node = f"{CLUSTER}-control-plane"
    address = json.loads(run("docker", "inspect", node, quiet=True))[0]["NetworkSettings"]["Networks"]["kind"][
        "IPAddress"
    ]
    plan = json.loads(_plan(9_000_000, rate=10, seconds=3))
    plan["url"] = f"http://{address}/telegram/webhook"
    as_telegram = json.loads(outside.run(LOAD, json.dumps(plan | {"source": TELEGRAM})))
    as_itself = json.loads(outside.run(LOAD, json.dumps(plan)))
    assert as_telegram["answers"] == {"200": 30}
    assert as_itself["answers"] == {"403": 30}


def test_an_oversize_body_is_refused(clients: None) -> None:
    """By its announced length, before it is sent: who sends on meets a closed connection."""
    script = (
        "import sys, json, http.client, urllib.parse\n"
        "plan = json.loads(sys.argv[1])\n"
        "where = urllib.parse.urlsplit(plan['url'])\n"
        "headers = {'Host': plan['host'], 'X-Telegram-Bot-Api-Secret-Token': plan['secret']}\n"
        "def post(size, send):\n"
        "    connection = http.client.HTTPConnection(where.hostname, where.port or 80, timeout=20)\n"
        "    connection.putrequest('POST', where.path, skip_host=True)\n"
        "    for name, value in (headers | {'Content-Length': str(size)}).items():\n"
        "        connection.putheader(name, value)\n"
        "    body = json.dumps({'update_id': 1, 'poll': 'x' * (size - 32)}).encode().ljust(size)\n"
        "    connection.endheaders(body if send else None)\n"
        "    return connection.getresponse().status\n"
        "print(post(1048575, True), post(1048577, False))\n"
    )
    assert execute(CLIENTS, "inside", "python", "-c", script, _plan(1)).split() == ["200", "413"]


def test_nothing_else_is_exposed(clients: None) -> None:
    script = (
        "import sys, json, urllib.request, urllib.error\n"
        "plan = json.loads(sys.argv[1])\n"
        "for path in ('/', '/metrics', '/readyz', '/healthz', '/telegram/webhook/x'):\n"
        "    request = urllib.request.Request(plan['url'].replace('/telegram/webhook', path), \n"
        "        headers={'Host': plan['host']})\n"
        "    try:\n"
        "        print(urllib.request.urlopen(request, timeout=20).status)\n"
        "    except urllib.error.HTTPError as error:\n"
        "        print(error.code)\n"
    )
    assert set(execute(CLIENTS, "inside", "python", "-c", script, _plan(1)).split()) == {"404"}
