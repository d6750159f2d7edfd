import re

import pytest

from lbc_contracts import topology
from lbc_contracts.messages import MESSAGES
from lbc_contracts.topology import Rung, Service

WORKERS = [service for service in Service if service not in {Service.OPERATOR, Service.ERASER}]


def may_write(service: Service, exchange: str) -> bool:
    return re.search(topology.permission(service).write, exchange) is not None


def may_read(service: Service, queue: str) -> bool:
    return re.search(topology.permission(service).read, queue) is not None


def reachable_queues(service: Service) -> set[str]:
    """Every queue that a service can bring a message into, through rungs and dead letters as well."""
    bound = {(b.exchange, b.queue) for b in topology.bindings()}
    dead_letters_to = {queue.name: dict(queue.arguments).get("x-dead-letter-exchange") for queue in topology.queues()}
    found: set[str] = set()
    exchanges = {e.name for e in topology.exchanges() if may_write(service, e.name)}
    while exchanges:
        exchange = exchanges.pop()
        for queue in {q for e, q in bound if e == exchange} - found:
            found.add(queue)
            next_exchange = dead_letters_to[queue]
            if isinstance(next_exchange, str):
                exchanges.add(next_exchange)
    return found


@pytest.mark.parametrize("service", WORKERS)
@pytest.mark.parametrize("work", topology.WORK_QUEUES, ids=lambda work: work.name)
def test_a_service_reaches_the_queues_the_manifest_names_and_no_others(
    service: Service, work: topology.WorkQueue
) -> None:
    expected = service in work.producers or any(
        other.consumer is work.consumer and (service in other.producers or service is other.consumer)
        for other in topology.WORK_QUEUES
        if service is work.consumer
    )
    assert (work.name in reachable_queues(service)) == expected
    assert may_read(service, work.name) == (service is work.consumer)


def test_a_broken_ingress_cannot_speak_as_the_bot() -> None:
    assert topology.DELIVERY.name not in reachable_queues(Service.INGRESS)


def test_the_eraser_may_empty_graves_and_say_nothing() -> None:
    graves = {grave for work in topology.WORK_QUEUES for grave in topology.graves(work)}
    assert reachable_queues(Service.ERASER) == set()
    assert {queue.name for queue in topology.queues() if may_read(Service.ERASER, queue.name)} == graves


@pytest.mark.parametrize("service", list(Service))
def test_no_service_may_configure_the_broker(service: Service) -> None:
    assert not re.search(topology.permission(service).configure, topology.UPDATES.name)


def test_every_message_travels_somewhere() -> None:
    assert {message for work in topology.WORK_QUEUES for message in work.carries} == set(MESSAGES)


def test_every_queue_is_bounded_by_exactly_one_policy() -> None:
    for queue in topology.queues():
        matching = [policy for policy in topology.policies() if re.search(policy.pattern, queue.name)]
        assert len(matching) == 1, queue.name
        assert "max-length" in dict(matching[0].definition)


def test_what_dead_letters_does_it_at_least_once() -> None:
    for queue in topology.queues():
        arguments = dict(queue.arguments)
        assert arguments["x-queue-type"] == "quorum"
        assert arguments["x-overflow"] == "reject-publish"
        if "x-dead-letter-exchange" in arguments:
            assert arguments["x-dead-letter-strategy"] == "at-least-once"


@pytest.mark.parametrize("work", topology.WORK_QUEUES, ids=lambda work: work.name)
@pytest.mark.parametrize("rung", Rung)
def test_what_waits_in_a_rung_returns_to_where_it_was(work: topology.WorkQueue, rung: Rung) -> None:
    rung_queue = next(q for q in topology.queues() if q.name == topology.rung_name(work.consumer, rung))
    back = dict(rung_queue.arguments)["x-dead-letter-exchange"]
    assert topology.Binding(str(back), work.name, work.name) in topology.bindings()


def test_bindings_join_what_is_declared() -> None:
    exchanges = {exchange.name for exchange in topology.exchanges()}
    queues = {queue.name for queue in topology.queues()}
    assert {(b.exchange in exchanges, b.queue in queues) for b in topology.bindings()} == {(True, True)}


def test_only_delivery_has_a_single_active_consumer() -> None:
    assert [work for work in topology.WORK_QUEUES if work.single_active] == [topology.DELIVERY]


def test_rung_times_are_numbers_of_a_policy() -> None:
    quick = topology.policies({Rung.SHORT: 0.01, Rung.MEDIUM: 0.02, Rung.LONG: 0.03})
    ttls = [dict(policy.definition)["message-ttl"] for policy in quick if "message-ttl" in dict(policy.definition)]
    assert ttls == [10, 20, 30]


def test_a_queue_is_found_by_its_name() -> None:
    assert topology.queue_named("media.commands") is topology.MEDIA
    with pytest.raises(KeyError):
        topology.queue_named("nowhere")
