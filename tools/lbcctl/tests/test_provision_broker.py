from __future__ import annotations

import secrets
from collections.abc import AsyncIterator

import pytest

from lbc_contracts.topology import DUE, WORK_QUEUES, Rung, Service, exchanges, permission, queues
from lbc_testkit import wait_until
from lbc_testkit.rabbitmq import Broker, Permissions, VHost
from lbcctl.provision.broker import ProvisionError, provision_broker

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def fresh(broker: Broker) -> AsyncIterator[VHost]:
    async with broker.fresh_vhost() as vhost:
        yield vhost


@pytest.fixture
async def prefix(broker: Broker) -> AsyncIterator[str]:
    name = f"test-{secrets.token_hex(4)}-"
    yield name
    for service in Service:
        await broker.management.delete_user(f"{name}{service}")


async def test_all_of_the_manifest_is_there_and_a_second_run_changes_nothing(
    broker: Broker, fresh: VHost, prefix: str
) -> None:
    passwords = {service: secrets.token_urlsafe(8) for service in Service}

    async def provision() -> list[str]:
        return await provision_broker(fresh.amqp_url, broker.management_url, passwords, user_prefix=prefix)

    changes = await provision()
    assert await provision() == []
    assert {queue.name for queue in queues()} == set(await broker.management.counts(fresh.name))
    assert {f"exchange {exchange.name}" for exchange in exchanges()} <= set(changes)
    assert {f"user {prefix}{service}" for service in Service} <= set(changes)
    assert not any(password in line for line in changes for password in passwords.values())


async def test_what_was_changed_by_hand_is_corrected(broker: Broker, fresh: VHost, prefix: str) -> None:
    passwords = {Service.INGRESS: "first"}
    await provision_broker(fresh.amqp_url, broker.management_url, passwords, user_prefix=prefix)
    user = f"{prefix}ingress"
    await broker.management.set_permissions(fresh.name, user, Permissions())
    await broker.management.set_policy(fresh.name, DUE.name, pattern=".*", definition={"max-length": 1})
    await broker.management.request("DELETE", "queues", fresh.name, DUE.name)
    changes = await provision_broker(
        fresh.amqp_url, broker.management_url, {Service.INGRESS: "second"}, user_prefix=prefix
    )
    assert sorted(changes) == sorted(
        [
            f"policy {DUE.name}",
            f"queue {DUE.name}",
            f"binding {DUE.name} -> {DUE.name}",
            f"binding onboarding.return -> {DUE.name}",
            f"user {user}",
            f"permissions of {user}",
        ]
    )
    granted = await broker.management.request("GET", "permissions", fresh.name, user)
    assert granted["write"] == permission(Service.INGRESS).write


async def test_the_operator_alone_may_ask_the_management_api(broker: Broker, fresh: VHost, prefix: str) -> None:
    passwords = {Service.OPERATOR: "one", Service.MEDIA: "two"}
    user = f"{prefix}operator"
    await broker.management.request("PUT", "users", user, json={"password": "one", "tags": "administrator"})
    assert f"user {user}" in await provision_broker(
        fresh.amqp_url, broker.management_url, passwords, user_prefix=prefix
    )
    tags = {name: (await broker.management.request("GET", "users", f"{prefix}{name}"))["tags"] for name in passwords}
    assert tags == {Service.OPERATOR: ["management"], Service.MEDIA: []}
    assert not await provision_broker(fresh.amqp_url, broker.management_url, passwords, user_prefix=prefix)


async def test_other_times_for_the_rungs_are_a_policy(broker: Broker, fresh: VHost) -> None:
    await provision_broker(fresh.amqp_url, broker.management_url, None)
    times = {Rung.SHORT: 0.5, Rung.MEDIUM: 10, Rung.LONG: 60}
    changes = await provision_broker(fresh.amqp_url, broker.management_url, None, times)
    assert changes == ["policy delay.short"]
    policy = await broker.management.request("GET", "policies", fresh.name, "delay.short")
    assert policy["definition"]["message-ttl"] == 500


async def test_a_queue_that_cannot_become_what_it_must_be_is_named(broker: Broker, fresh: VHost) -> None:
    await broker.management.request(
        "PUT", "queues", fresh.name, DUE.name, json={"durable": True, "arguments": {"x-queue-type": "classic"}}
    )
    with pytest.raises(ProvisionError, match=rf"queue {DUE.name}"):
        await provision_broker(fresh.amqp_url, broker.management_url, None)


async def test_every_queue_has_its_limits(broker: Broker, fresh: VHost) -> None:
    await provision_broker(fresh.amqp_url, broker.management_url, None)
    policies: dict[str, str | None] = {}

    async def known() -> bool:  # the API shows it with its statistics, a moment later
        found = await broker.management.queues(fresh.name)
        policies.update({queue["name"]: queue.get("policy") for queue in found})
        return all(policies.values())

    await wait_until(known, what="a policy on each queue")
    assert {policies[queue.name] for queue in WORK_QUEUES} == {queue.name for queue in WORK_QUEUES}
