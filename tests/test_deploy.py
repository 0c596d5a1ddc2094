"""The files of ``deploy``: they say the same as the settings, the image and each other."""

import contextlib
import fnmatch
import ipaddress
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
from bench.ports import free_port

from conclave import config, metrics
from conclave.app import SHUTDOWN_SECONDS
from conclave.settings import ServerSettings
from redis import ConnectionError as RedisConnectionError
from redis import Redis
from tests import deployment
from tests import redis as programs
from tests.deployment import DEPLOY, FILES, ROOT, SECRETS
from tests.member import until
from tests.requirements import program

PAGE = ROOT / "docs" / "deployment.md"
MIB = 2**20
MEMBER_BYTES = 176 * 1024  # docs/performance.md: at the main port, over TLS, logged in
CALL_BYTES = 64 * 1024  # assumed, over TLS
LONGEST_STOP_S = 10  # what docs/deployment.md and test_lifecycle promise
NAMES = {"CONFIG", "APPLICATIONS"} | {name.upper() for name in ServerSettings.__struct_fields__}


@pytest.mark.parametrize("file", [*FILES, PAGE], ids=lambda file: str(file.relative_to(ROOT)))
def test_every_variable_is_a_setting(file: Path) -> None:
    named = set(re.findall(r"\bCONCLAVE_([A-Z_]+)", file.read_text()))
    assert named <= NAMES


def test_the_page_watches_what_is_measured_and_names_settings_that_are_there() -> None:
    text = PAGE.read_text()
    declared = {f"{name}_total" if meter.kind == "counter" else name for name, meter in metrics.METRICS.items()}
    assert set(re.findall(r"\bconclave_[a-z_]+", text)) <= declared
    every = set(ServerSettings.__struct_fields__)
    table = text.split("| bound | setting")[1].split("\n\n")[0]
    assert set(re.findall(r"^\|[^|]*\| `([a-z_]+)`", table, re.MULTILINE)) <= every


def test_the_pages_commands_name_files_that_are_there_and_what_the_unit_runs() -> None:
    text = PAGE.read_text()
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    composed = [line for line in lines if line.startswith("docker compose")]
    assert composed
    assert all(line.startswith("docker compose --file deploy/compose.yaml ") for line in composed)
    assert set(re.findall(r"`docker compose (\S+)", text)) <= {"--file"}
    named = {word for line in lines for word in line.split() if word.startswith("deploy/") and word != "deploy/.env"}
    assert {word for word in named if not (ROOT / word).exists()} == set()
    settings = deployment.unit_environment("conclave.service")
    (migration,) = (line for line in lines if line.endswith(" migrate") and "docker" not in line)
    assert f"CONCLAVE_CONFIG={settings['CONCLAVE_CONFIG']} /opt/conclave-" in migration
    links = [line.split()[-1] for line in lines if line.startswith("ln ")]
    program = Path(dict(deployment.unit())["ExecStart"].split()[0])
    assert set(links) == {str(program.parents[1])}
    assert sum(f"python3 -m venv {links[0]}-" in line for line in lines) == len(links)


def node() -> Any:
    return deployment.compose()["services"]["node-1"]


def pod(kind: str = "Deployment") -> Any:
    return deployment.manifests()[kind]["spec"]["template"]["spec"]


def container(kind: str = "Deployment") -> Any:
    (only,) = pod(kind)["containers"]
    return only


def plain_environment(of: Any) -> dict[str, str]:
    return {each["name"]: each["value"] for each in of["env"] if "value" in each}


def test_the_settings_can_be_used() -> None:
    for environment in (node()["environment"], plain_environment(container())):
        settings = config.load(None, {}, deployment.image_environment() | environment).server
        assert (settings.host, settings.port, settings.data) == ("0.0.0.0", 8443, "/data")
        assert not settings.insecure


def test_nodes_are_alike_but_for_their_names() -> None:
    services = deployment.compose()["services"]
    assert services["node-1"] == services["node-2"]


def test_compose_refuses_to_start_without_secrets_and_has_none_of_its_own() -> None:
    assert set(deployment.required()) == SECRETS.keys()
    text = (DEPLOY / "compose.yaml").read_text()
    assert len(re.findall(r"(?<!\$)\$\{", text)) == len(deployment.required())
    example = (DEPLOY / "env.example").read_text().splitlines()
    assert {line for line in example if not line.startswith("#")} == {f"{name}=" for name in SECRETS}
    manifests = "".join(file.read_text() for file in (DEPLOY / "kubernetes").glob("*.yaml"))
    assert "kind: Secret" not in manifests
    secret = {each["name"] for each in container()["env"] if "valueFrom" in each}
    assert secret == {"CONCLAVE_DATABASE", "CONCLAVE_REDIS", "CONCLAVE_APPLICATIONS"}


def test_images_are_pinned_and_come_from_wherever_the_operator_says() -> None:
    images = deployment.images()
    for image in images:
        assert re.fullmatch(r"[a-z]+:\d+\.?\d*[\w.-]*", image), image
    assert {image for image in images if image.startswith("conclave:")} == {f"conclave:{deployment.version()}"}
    assert f"--tag conclave:{deployment.version()} " in (DEPLOY / "Dockerfile").read_text()


def test_ports_agree() -> None:
    environment = node()["environment"]
    port, members = environment["CONCLAVE_PORT"], environment["CONCLAVE_MEMBER_PORT"]
    balancer = (DEPLOY / "haproxy.cfg").read_text()
    assert re.findall(r"^    server (node-\d) node-\d:(\d+)$", balancer, re.MULTILINE) == [
        ("node-1", port),
        ("node-2", port),
        ("node-1", members),
        ("node-2", members),
    ]
    assert set(re.findall(r"check port (\d+)", balancer)) == {port}
    assert ("EXPOSE", f"{port} {members}") in deployment.dockerfile()
    assert deployment.image_environment()["CONCLAVE_PORT"] == port
    listening = {each["name"]: str(each["containerPort"]) for each in container()["ports"]}
    assert listening == {"https": port, "members": members}
    assert plain_environment(container())["CONCLAVE_MEMBER_PORT"] == members
    service = deployment.manifests()["Service"]["spec"]
    assert {each["targetPort"] for each in service["ports"]} == listening.keys()
    policy = deployment.manifests()["NetworkPolicy"]["spec"]
    assert {str(each["port"]) for each in policy["ingress"][0]["ports"]} == {port, members}
    (published,) = deployment.compose()["services"]["balancer"]["ports"]
    assert f"bind :{published.partition(':')[2]} ssl" in balancer


def test_the_balancer_is_the_one_proxy_that_is_believed() -> None:
    address = deployment.compose()["services"]["balancer"]["networks"]["front"]["ipv4_address"]
    assert node()["environment"]["CONCLAVE_TRUSTED_PROXIES"] == f"{address}/32"


def test_the_balancers_address_is_given_to_nobody_who_starts_before_it() -> None:
    composition = deployment.compose()
    address = ipaddress.ip_address(composition["services"]["balancer"]["networks"]["front"]["ipv4_address"])
    (pool,) = composition["networks"]["front"]["ipam"]["config"]
    whole, given = ipaddress.ip_network(pool["subnet"]), ipaddress.ip_network(pool["ip_range"])
    assert isinstance(whole, ipaddress.IPv4Network)
    assert isinstance(given, ipaddress.IPv4Network)
    assert given.subnet_of(whole)
    assert address in whole
    assert address not in given


def test_the_balancer_may_open_as_many_files_as_it_needs() -> None:
    most = re.search(r"^    maxconn (\d+)$", (DEPLOY / "haproxy.cfg").read_text(), re.MULTILINE)
    assert most
    assert 2 * int(most[1]) + 100 < deployment.compose()["services"]["balancer"]["ulimits"]["nofile"]


def test_a_node_may_use_the_memory_that_its_bounds_allow() -> None:
    bounds = ServerSettings()
    busy = 101 * MIB  # docs/performance.md: after all loads
    members, calls = bounds.max_member_connections * MEMBER_BYTES, bounds.max_connections * CALL_BYTES
    given = node()["deploy"]["resources"]["limits"]["memory"], container()["resources"]["limits"]["memory"]
    assert given == ("2g", "2Gi")
    assert busy + bounds.body_memory + members + calls < 1.5 * 1024 * MIB


def test_a_stop_has_the_time_that_it_takes() -> None:
    assert SHUTDOWN_SECONDS < LONGEST_STOP_S
    (_, pause) = container()["lifecycle"]["preStop"]["exec"]["command"]
    assert pod()["terminationGracePeriodSeconds"] >= int(pause) + LONGEST_STOP_S
    assert int(node()["stop_grace_period"].rstrip("s")) > LONGEST_STOP_S
    assert int(dict(deployment.unit())["TimeoutStopSec"].rstrip("s")) > LONGEST_STOP_S


def test_whether_it_is_ready_is_not_taken_for_whether_it_is_alive() -> None:
    probes = {
        name: container()[name]["httpGet"]["path"] for name in ("startupProbe", "livenessProbe", "readinessProbe")
    }
    assert probes == {"startupProbe": "/healthz", "livenessProbe": "/healthz", "readinessProbe": "/readyz"}
    assert (DEPLOY / "haproxy.cfg").read_text().count("meth GET uri /readyz") == 2
    assert node()["healthcheck"]["test"][-1] == "/readyz"


def test_selectors_choose_the_nodes() -> None:
    objects = deployment.manifests()
    labels = objects["Deployment"]["spec"]["template"]["metadata"]["labels"]
    chosen = [
        objects["Deployment"]["spec"]["selector"]["matchLabels"],
        objects["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
        objects["Service"]["spec"]["selector"],
        pod()["topologySpreadConstraints"][0]["labelSelector"]["matchLabels"],
    ]
    assert all(each == labels for each in chosen)
    # Both nodes and migrations live by the policy; only nodes are called.
    migration = objects["Job"]["spec"]["template"]["metadata"]["labels"]
    policy = objects["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"]
    assert policy.items() <= labels.items()
    assert policy.items() <= migration.items()
    assert migration != labels


@pytest.mark.parametrize("kind", ["Deployment", "Job"])
def test_pods_may_do_nothing_that_they_need_not(kind: str) -> None:
    own = pod(kind)
    assert own["securityContext"]["runAsNonRoot"]
    assert own["securityContext"]["runAsUser"] == image_user()
    assert own["enableServiceLinks"] is own["automountServiceAccountToken"] is False
    rights = container(kind)["securityContext"]
    assert rights == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    mounted = {each["name"] for each in container(kind)["volumeMounts"]}
    assert mounted == {each["name"] for each in own["volumes"]}


def image_user() -> int:
    (user,) = (rest for instruction, rest in deployment.dockerfile() if instruction == "USER")
    return int(user.partition(":")[0])


def test_a_rollout_takes_no_node_away_before_another_is_there() -> None:
    spec = deployment.manifests()["Deployment"]["spec"]
    assert spec["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    assert spec["replicas"] > deployment.manifests()["PodDisruptionBudget"]["spec"]["maxUnavailable"]


def test_the_image_is_made_of_what_is_there_and_let_through() -> None:
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    allowed = [line[1:] for line in ignored if line.startswith("!")]
    sources = [
        word
        for instruction, rest in deployment.dockerfile()
        if instruction == "COPY" and "--from" not in rest
        for word in rest.split()[:-1]
    ]
    for source in sources:
        assert (ROOT / source).exists()
        assert any(fnmatch.fnmatch(source, pattern) for pattern in allowed), source
    assert {pattern for pattern in allowed if pattern not in sources} == set()
    assert image_user() > 0
    assert any("pip install --constraint constraints.txt ." in rest for _, rest in deployment.dockerfile())


@pytest.mark.parametrize("name", ["conclave.service", "conclave@.service"])
def test_the_unit_is_right_and_gives_little_away(tmp_path: Path, name: str) -> None:
    analyze = program("systemd-analyze")
    file = tmp_path / name.replace("@", "@8443")
    mine = str(Path(sys.executable).with_name("conclave"))
    file.write_text((DEPLOY / name).read_text().replace("/opt/conclave/bin/conclave", mine))
    verified = subprocess.run([analyze, "verify", str(file)], capture_output=True, text=True, check=False)
    assert (verified.returncode, verified.stderr) == (0, "")
    exposure = [analyze, "security", "--offline=true", "--threshold=15", str(file)]
    assert subprocess.run(exposure, capture_output=True, check=False).returncode == 0


def test_the_template_is_the_unit_but_for_what_each_node_has_of_its_own() -> None:
    one, several = (list(deployment.unit(name)) for name in ("conclave.service", "conclave@.service"))
    assert [line for line in several if "%i" not in line[1]] == [
        line for line in one if line[0] not in ("Description", "StateDirectory") and "CONCLAVE_DATA" not in line[1]
    ]
    data = deployment.unit_environment("conclave@.service", "8443")["CONCLAVE_DATA"]
    assert data == f"/var/lib/{dict(several)['StateDirectory']}".replace("%i", "8443")


def test_haproxy_sends_to_the_ports_of_the_templates_nodes() -> None:
    text = (DEPLOY / "haproxy-units.cfg").read_text()
    servers = re.findall(r"^    server node-(\d+) 127.0.0.1:(\d+)(?: port (\d+))?$", text, re.MULTILINE)
    found = {instance: deployment.unit_environment("conclave@.service", instance) for instance, _, _ in servers}
    of_calls = [(instance, each["CONCLAVE_PORT"], "") for instance, each in found.items()]
    of_members = [(instance, each["CONCLAVE_MEMBER_PORT"], each["CONCLAVE_PORT"]) for instance, each in found.items()]
    assert servers == of_calls + of_members
    assert len(found) == text.count("    server ") / 2 == 2
    started = re.search(r"^systemctl .*--now (conclave@.*)$", PAGE.read_text(), re.MULTILINE)
    assert started
    assert started[1].split() == [f"conclave@{instance}" for instance in found]


def test_haproxy_does_the_same_before_units_as_before_containers() -> None:
    def rules(name: str) -> list[str]:
        text = re.sub(r"^resolvers .*?\n\n", "", (DEPLOY / name).read_text(), flags=re.MULTILINE | re.DOTALL)
        text = re.sub(r" resolvers containers init-addr last,libc,none|(?<=check) port 8443|bind \S+|crt \S+", "", text)
        own = ("#", "    server ", "    user ", "    group ", "    chroot ")
        return [line for line in text.splitlines() if not line.startswith(own)]

    assert rules("haproxy.cfg") == rules("haproxy-units.cfg")


def test_the_unit_never_gives_up_while_the_database_is_away() -> None:
    # The template has the same lines, as another test tells.
    of_unit, _, of_service = (DEPLOY / "conclave.service").read_text().partition("\n[Service]\n")
    assert "\nStartLimitIntervalSec=0\n" in of_unit
    assert {"Restart=on-failure", "RestartSec=2s"} <= set(of_service.splitlines())


def test_postgresql_is_asked_where_the_nodes_reach_it() -> None:
    # While the image makes the database, a server that goes away again answers at the socket alone.
    assert "--host=127.0.0.1" in deployment.compose()["services"]["postgres"]["healthcheck"]["test"]


@pytest.mark.parametrize("kind", deployment.manifests())
@pytest.mark.parametrize("version", ["1.28", kubernetes_validate.latest_version()])
def test_kubernetes_knows_every_field_of_the_manifests(kind: str, version: str) -> None:
    kubernetes_validate.validate(deployment.manifests()[kind], version, strict=True)


def test_redis_hears_a_stop_and_shows_its_password_to_no_list_of_processes(tmp_path: Path) -> None:
    redis = deployment.compose()["services"]["redis"]
    password = SECRETS["REDIS_PASSWORD"]
    assert redis["environment"] == {"REDIS_PASSWORD": password}
    (folder,) = (mount.partition(":")[0] for mount in redis["tmpfs"])
    *shell, script = redis["command"]
    server, port = programs.program(), free_port()
    file = f"{tmp_path}/redis.conf"
    script = script.replace("$$", "$").replace(folder, str(tmp_path))
    script = script.replace(f"redis-server {file}", f"{server} {file} --port {port}")
    assert str(port) in script
    with subprocess.Popen([*shell, script], env={"PATH": os.environ["PATH"], **redis["environment"]}) as process:
        client = Redis(port=port, password=password)
        try:
            until(lambda: answers(client))
            assert password not in Path(f"/proc/{process.pid}/cmdline").read_text()
            assert Path(file).stat().st_mode & 0o777 == 0o600
            process.terminate()
            assert process.wait(10) == 0
            assert not answers(client)
        finally:
            with contextlib.suppress(RedisConnectionError):
                client.shutdown(nosave=True)
            process.kill()


def answers(client: Redis) -> bool:
    with contextlib.suppress(RedisConnectionError):
        return bool(client.ping())
    return False
