"""Each option does what its comment says."""

from __future__ import annotations

from typing import Any

import pytest
from rendering import SERVICES, Object, RefusedError, Rendered, render

TELEGRAMS = ["149.154.160.0/20", "91.108.4.0/22"]


def _settings(rendered: Rendered, service: str) -> dict[str, str]:
    found: dict[str, str] = rendered.one("ConfigMap", f"lbc-{service}")["data"]
    return found


def _pod(rendered: Rendered, service: str) -> Object:
    found: Object = rendered.one("Deployment", f"lbc-{service}")["spec"]["template"]["spec"]
    return found


def _middleware(rendered: Rendered, name: str) -> Object:
    found: Object = rendered.one("Middleware", f"lbc-{name}")["spec"]
    return found


def test_the_edge_limits_in_this_order_by_host() -> None:
    prod = render(environment="prod")
    chain = prod.one("Ingress", "lbc")["metadata"]["annotations"]["traefik.ingress.kubernetes.io/router.middlewares"]
    names = ("allow", "rate", "inflight", "body")
    assert chain == ",".join(f"lbc-lbc-{name}@kubernetescrd" for name in names)
    assert _middleware(prod, "allow") == {"ipAllowList": {"sourceRange": TELEGRAMS}}
    assert _middleware(prod, "rate")["rateLimit"] == {
        "average": 50, "burst": 100, "period": "1s", "sourceCriterion": {"requestHost": True},
    }  # fmt: skip
    assert _middleware(prod, "inflight")["inFlightReq"]["sourceCriterion"] == {"requestHost": True}
    assert _middleware(prod, "body")["buffering"]["maxRequestBodyBytes"] == 1048576
    assert _settings(prod, "ingress")["LBC_MAX_BODY"] == "1048576"


def test_the_edge_exposes_the_webhook_alone() -> None:
    (rule,) = render(environment="prod").one("Ingress", "lbc")["spec"]["rules"]
    (path,) = rule["http"]["paths"]
    assert (path["path"], path["pathType"]) == ("/telegram/webhook", "Exact")
    (port,) = render().one("Service", "lbc-ingress")["spec"]["ports"]
    assert port["targetPort"] == "webhook"


def test_edge_options() -> None:
    plain = render(values={"edge": {"controller": "plain", "className": "nginx", "annotations": {"a": "b"}}})
    ingress = plain.one("Ingress", "lbc")
    assert ingress["spec"]["ingressClassName"] == "nginx"
    assert ingress["metadata"]["annotations"] == {"a": "b"}
    assert plain.all("Middleware") == []
    off = render(values={"edge": {"enabled": False}})
    assert off.all("Ingress") == []
    open_to_all = render(values={"edge": {"allowList": {"sourceRanges": []}}})
    assert not open_to_all.has("Middleware", "lbc-allow")
    behind = render(values={"edge": {"allowList": {"forwardedDepth": 1}}})
    assert _middleware(behind, "allow")["ipAllowList"]["ipStrategy"] == {"depth": 1}
    other = render(values={"edge": {"rateLimit": {"average": 7, "burst": 9}, "inFlight": 3, "maxBodyBytes": 2048}})
    assert _middleware(other, "rate")["rateLimit"]["average"] == 7
    assert _middleware(other, "rate")["rateLimit"]["burst"] == 9
    assert _middleware(other, "inflight")["inFlightReq"]["amount"] == 3
    assert _middleware(other, "body")["buffering"]["maxRequestBodyBytes"] == 2048
    tls = render(values={"edge": {"tls": {"enabled": True, "secretName": "cert", "clusterIssuer": "letsencrypt"}}})
    ingress = tls.one("Ingress", "lbc")
    assert ingress["spec"]["tls"] == [{"hosts": ["bot.lbc.test"], "secretName": "cert"}]
    assert ingress["metadata"]["annotations"]["cert-manager.io/cluster-issuer"] == "letsencrypt"


def test_broker_options() -> None:
    tls = _settings(render(), "media")
    assert tls["LBC_BROKER__URL"] == "amqps://lbc-media@rabbitmq.devstack.svc:5671/lbc"
    assert tls["LBC_BROKER__CA_FILE"] == "/run/secrets/broker-ca/ca.crt"
    other = {
        "tls": {"enabled": False, "caSecret": ""},
        "port": 5672,
        "vhost": "a/b c",
        "userPrefix": "x-",
        "prefetch": 3,
    }
    plain = _settings(render(values={"broker": other}), "media")
    assert plain["LBC_BROKER__URL"] == "amqp://x-media@rabbitmq.devstack.svc:5672/a%2Fb%20c"
    assert "LBC_BROKER__CA_FILE" not in plain
    assert plain["LBC_BROKER__PREFETCH"] == "3"


def test_aws_options() -> None:
    prod = render(
        environment="prod", values={"aws": {"publicS3Endpoint": "https://media.example.com", "kmsKeyId": "k"}}
    )
    media, tts = _settings(prod, "media"), _settings(prod, "tts")
    assert media["LBC_AWS__S3_PUBLIC_ENDPOINT"] == "https://media.example.com"
    assert "LBC_AWS__S3_ENDPOINT" not in media, "AWS's own"
    assert "AWS_SHARED_CREDENTIALS_FILE" not in media, "the role's"
    assert tts["LBC_KMS_KEY_ID"] == "k"
    assert not any(name.startswith("LBC_AWS") for name in _settings(prod, "ingress"))
    assert prod.one("ServiceAccount", "lbc-media")["metadata"]["annotations"] == {
        "eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/lbc-prod-media"
    }
    assert "annotations" not in prod.one("ServiceAccount", "lbc-ingress")["metadata"]
    assert _settings(render(), "media")["AWS_SHARED_CREDENTIALS_FILE"] == "/run/secrets/lbc/aws-credentials"
    agent = {"to": [{"ipBlock": {"cidr": "169.254.170.23/32"}}], "ports": [{"port": 80}]}
    identity = render(values={"aws": {"podIdentity": True}})
    assert agent in identity.one("NetworkPolicy", "lbc-media")["spec"]["egress"]
    assert agent not in identity.one("NetworkPolicy", "lbc-ingress")["spec"]["egress"]


def test_polly_is_shared_by_all_replicas() -> None:
    values: Object = {"tts": {"pollyPerSecond": 8, "scaling": {"max": 4}}}
    assert float(_settings(render(values=values), "tts")["LBC_POLLY_PER_SECOND"]) == 2
    assert float(_settings(render(values=values, apis=()), "tts")["LBC_POLLY_PER_SECOND"]) == 8


@pytest.mark.parametrize(("source", "keys"), [("demo", {"brand.yaml", "en.yaml", "es.yaml"}), ("configMap", None)])
def test_a_brand_from_a_config_map(source: str, keys: set[str] | None) -> None:
    values = {"brand": {"source": source, "configMap": "pack", "languages": ["en", "es"]}}
    rendered = render(values=values)
    volume = next(v for v in _pod(rendered, "onboarding")["volumes"] if v["name"] == "brand")
    assert volume["configMap"]["name"] == ("lbc-brand" if keys else "pack")
    assert {item["path"] for item in volume["configMap"]["items"]} == {"brand.yaml", "texts/en.yaml", "texts/es.yaml"}
    assert rendered.has("ConfigMap", "lbc-brand") == bool(keys)
    if keys:
        assert set(rendered.one("ConfigMap", "lbc-brand")["data"]) == keys


def test_a_brand_from_the_bucket() -> None:
    pod = _pod(render(values={"brand": {"source": "bucket", "prefix": "alba", "every": 20}}), "onboarding")
    (init,) = pod["initContainers"]
    fetch = ["brand", "fetch", "--bucket=lbc-assets", "--prefix=alba", "--into=/run/brand"]
    assert init["args"] == fetch
    service, watch = pod["containers"]
    assert watch["args"] == [*fetch, "--every=20"]
    writes = {"name": "brand", "mountPath": "/run/brand"}
    assert writes in init["volumeMounts"]
    assert writes in watch["volumeMounts"]
    assert writes | {"readOnly": True} in service["volumeMounts"]
    for container in (init, watch):
        assert container["securityContext"] == service["securityContext"]


def test_a_new_pack_restarts_nobody() -> None:
    for source in ("demo", "configMap", "bucket"):
        values = {"brand": {"source": source, "configMap": "pack", "prefix": "alba"}}
        template = render(values=values).one("Deployment", "lbc-onboarding")["spec"]["template"]
        assert not any("brand" in name for name in template["metadata"]["annotations"])
    assert "initContainers" not in _pod(render(), "onboarding")
    assert len(_pod(render(), "onboarding")["containers"]) == 1


def test_external_secrets_stand_for_existing_ones() -> None:
    prod = render(environment="prod")
    for service in SERVICES:
        external = prod.one("ExternalSecret", f"lbc-{service}")
        assert external["spec"]["dataFrom"] == [{"extract": {"key": f"prod/lbc/{service}"}}]
        volume = next(v for v in _pod(prod, service)["volumes"] if v["name"] == "secrets")
        assert volume["secret"]["secretName"] == f"lbc-{service}"
    hook = prod.one("ExternalSecret", "lbc-provision-media")["metadata"]["annotations"]
    job = prod.one("Job", "lbc-provision")
    assert hook["helm.sh/hook"] == "pre-install,pre-upgrade,pre-delete"
    assert int(hook["helm.sh/hook-weight"]) < int(job["metadata"]["annotations"]["helm.sh/hook-weight"])
    sources = next(v for v in job["spec"]["template"]["spec"]["volumes"] if v["name"] == "users")["projected"][
        "sources"
    ]
    assert {s["secret"]["name"] for s in sources} == {f"lbc-provision-{s}" for s in (*SERVICES, "keda", "operator")}


def test_a_secret_that_is_not_named_is_asked_for() -> None:
    with pytest.raises(RefusedError, match=r"delivery\.secret\.existingSecret is required"):
        render(values={"delivery": {"secret": {"existingSecret": ""}}})


def test_hooks_come_in_order_and_can_be_switched_off() -> None:
    dev = render()
    hooks = {
        item["metadata"]["name"]: item["metadata"].get("annotations", {})
        for item in dev.objects
        if item["kind"] == "Job"
    }
    assert hooks["lbc-provision"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert hooks["lbc-webhook"]["helm.sh/hook"] == "post-install,post-upgrade,post-rollback"
    assert hooks["lbc-webhook-delete"]["helm.sh/hook"] == "pre-delete"
    assert hooks["lbc-uninstall"]["helm.sh/hook"] == "pre-delete"
    assert int(hooks["lbc-webhook-delete"]["helm.sh/hook-weight"]) < int(hooks["lbc-uninstall"]["helm.sh/hook-weight"])
    for kind in ("ServiceAccount", "NetworkPolicy"):
        earlier = dev.one(kind, "lbc-provision")["metadata"]["annotations"]
        assert int(earlier["helm.sh/hook-weight"]) < int(hooks["lbc-provision"]["helm.sh/hook-weight"])
    off = render(values={"provision": {"enabled": False}, "webhook": {"enabled": False}, "tests": {"enabled": False}})
    assert off.all("Job") == []
    assert off.all("Pod") == []


def test_policies_can_be_switched_off_and_follow_their_values() -> None:
    assert render(values={"networkPolicy": {"enabled": False}}).all("NetworkPolicy") == []
    prod = render(environment="prod")
    egress = prod.one("NetworkPolicy", "lbc-delivery")["spec"]["egress"]
    assert {"to": [{"ipBlock": {"cidr": cidr}} for cidr in TELEGRAMS], "ports": [{"port": 443}]} in egress
    assert {"to": [{"ipBlock": {"cidr": "10.10.250.0/24"}}], "ports": [{"port": 443}]} in egress
    assert not any("149.154.160.0/20" in str(rule) for s in SERVICES if s != "delivery"
                   for rule in prod.one("NetworkPolicy", f"lbc-{s}")["spec"]["egress"])  # fmt: skip
    traced = render(
        values={"otlpEndpoint": "http://c:4318", "networkPolicy": {"otlp": [{"podSelector": {}}], "otlpPort": 4318}}
    )
    assert {"to": [{"podSelector": {}}], "ports": [{"port": 4318}]} in traced.one("NetworkPolicy", "lbc-media")["spec"][
        "egress"
    ]
    assert _settings(traced, "media")["LBC_OTLP_ENDPOINT"] == "http://c:4318"


def test_scaling_options() -> None:
    scaling = {"min": 0, "max": 5, "value": 17, "fallback": 2, "scaleDownSeconds": 9}
    dev = render(values={"media": {"scaling": scaling}})
    media = dev.one("ScaledObject", "lbc-media")["spec"]
    assert (media["minReplicaCount"], media["maxReplicaCount"]) == (0, 5)
    assert media["fallback"] == {"failureThreshold": 3, "replicas": 2, "behavior": "currentReplicasIfHigher"}
    behaviour = media["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    assert behaviour["scaleDown"]["stabilizationWindowSeconds"] == 9
    (trigger,) = media["triggers"]
    assert trigger["metadata"]["protocol"] == "http"
    assert trigger["metadata"]["mode"] == "QueueLength"
    assert trigger["metadata"]["value"] == "17"
    assert trigger["metadata"]["vhostName"] == "lbc"
    assert "excludeUnacknowledged" not in trigger["metadata"], "ready and unacknowledged"
    queues = [t["metadata"]["queueName"] for t in dev.one("ScaledObject", "lbc-onboarding")["spec"]["triggers"]]
    assert queues == ["onboarding.updates", "onboarding.outcomes", "onboarding.due"]
    off = render(
        values={s: {"scaling": {"enabled": False, "min": 2}} for s in ("ingress", "onboarding", "media", "tts")}
    )
    assert off.all("ScaledObject") == off.all("HorizontalPodAutoscaler") == off.all("TriggerAuthentication") == []
    for service in ("ingress", "onboarding", "media", "tts"):
        assert off.one("Deployment", f"lbc-{service}")["spec"]["replicas"] == 2


def test_people_have_a_user_where_its_secret_is_named() -> None:
    def users(environment: str, values: Object) -> set[str]:
        job = render(environment=environment, values=values).one("Job", "lbc-provision")
        (projected,) = [v["projected"] for v in job["spec"]["template"]["spec"]["volumes"] if "projected" in v]
        return {item["path"] for source in projected["sources"] for item in source["secret"]["items"]}

    assert "operator/amqp-password" in users("dev", {})
    assert "operator/amqp-password" in users("prod", {})
    unnamed = {"operator": {"secret": {"existingSecret": ""}, "desk": {"enabled": False}}}
    assert "operator/amqp-password" not in users("dev", unnamed)


def test_keda_trusts_the_private_authority_where_the_management_api_has_tls() -> None:
    trusting = render()
    auth = trusting.one("TriggerAuthentication", "lbc-keda")["spec"]
    assert {"parameter": "ca", "name": "rabbitmq-ca", "key": "ca.crt"} in auth["secretTargetRef"]
    assert auth["configMapTargetRef"] == [{"parameter": "tls", "name": "lbc-keda", "key": "tls"}]
    assert trusting.one("ConfigMap", "lbc-keda")["data"] == {"tls": "enable"}
    for broker in ({"management": {"url": "http://rabbitmq:15672"}}, {"tls": {"caSecret": ""}}):
        other = render(values={"broker": broker})
        assert "configMapTargetRef" not in other.one("TriggerAuthentication", "lbc-keda")["spec"]
        assert not other.has("ConfigMap", "lbc-keda")


def test_a_replica_is_not_asked_to_hold_less_than_it_prefetches() -> None:
    with pytest.raises(RefusedError, match=r"media\.scaling\.value must be at least broker\.prefetch"):
        render(values={"broker": {"prefetch": 30}, "onboarding": {"scaling": {"value": 30}}})


def test_latency_is_promised_outside_dev() -> None:
    for environment in ("staging", "prod"):
        for item in render(environment=environment).all("ScaledObject"):
            assert item["spec"]["minReplicaCount"] >= 1
    assert all(item["spec"]["minReplicaCount"] == 0 for item in render().all("ScaledObject"))


@pytest.mark.parametrize("service", SERVICES)
def test_pod_options(service: str) -> None:
    own: dict[str, Any] = {
        "settings": {"LBC_LOG_LEVEL": "DEBUG", "LBC_ANYTHING": 3},
        "podLabels": {"team": "crm"},
        "podAnnotations": {"note": "x"},
        "nodeSelector": {"disk": "ssd"},
        "tolerations": [{"operator": "Exists"}],
        "priorityClassName": "high",
        "stopSeconds": 40,
        "preStopSeconds": 3,
        "resources": {"limits": {"memory": "1Gi"}},
    }
    rendered = render(values={service: own})
    template = rendered.one("Deployment", f"lbc-{service}")["spec"]["template"]
    assert template["metadata"]["labels"]["team"] == "crm"
    assert template["metadata"]["annotations"]["note"] == "x"
    spec = template["spec"]
    assert spec["nodeSelector"] == {"disk": "ssd"}
    assert spec["tolerations"] == [{"operator": "Exists"}]
    assert spec["priorityClassName"] == "high"
    assert spec["terminationGracePeriodSeconds"] == 48
    assert spec["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"] == 3
    assert spec["containers"][0]["resources"]["limits"]["memory"] == "1Gi"
    settings = _settings(rendered, service)
    assert settings["LBC_LOG_LEVEL"] == "DEBUG"
    assert settings["LBC_ANYTHING"] == "3"
    assert settings["LBC_STOP_TIMEOUT"] == "40"


def test_a_changed_setting_rolls_the_pods_and_no_others() -> None:
    before, after = render(), render(values={"media": {"settings": {"LBC_LOG_LEVEL": "DEBUG"}}})
    for service in SERVICES:
        sums = {
            each.one("Deployment", f"lbc-{service}")["spec"]["template"]["metadata"]["annotations"]["checksum/config"]
            for each in (before, after)
        }
        assert (len(sums) == 2) == (service == "media")


def test_image_options() -> None:
    image = {"registry": "r.example.com", "repository": "x", "tag": "1", "pullPolicy": "Always", "pullSecrets": ["p"]}
    rendered = render(values={"image": image, "media": {"tag": "2"}})
    assert _pod(rendered, "tts")["containers"][0]["image"] == "r.example.com/x/tts:1"
    assert _pod(rendered, "media")["containers"][0]["image"] == "r.example.com/x/media:2"
    assert _pod(rendered, "sweeper")["containers"][0]["image"] == "r.example.com/x/onboarding:1"
    assert _pod(rendered, "media")["imagePullSecrets"] == [{"name": "p"}]
    assert _pod(render(), "media")["containers"][0]["image"] == "lbc/media:0.1.0"
