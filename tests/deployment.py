"""The files of ``deploy``, read as what they are for: a composition, manifests, an image, a unit."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).parents[1]
DEPLOY: Final = ROOT / "deploy"
FILES: Final = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
SECRETS: Final = {
    "POSTGRES_PASSWORD": "a-password",
    "REDIS_PASSWORD": "another",
    "CONCLAVE_APPLICATIONS": "[]",
    "TLS_PEM": "tls.pem",
}
"""What an operator fills in, by the variable that compose refuses to start without."""
_REQUIRED: Final = re.compile(r"\$\{(\w+):\?[^}]+\}")


def version() -> str:
    """Return this version of Conclave, which is the image's tag."""
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"])


def compose(variables: Mapping[str, str] = SECRETS) -> Any:
    """Return the composition, with the variables filled in as compose does it: in texts, after they were read."""

    def filled(part: Any) -> Any:
        if isinstance(part, dict):
            return {name: filled(value) for name, value in part.items()}
        if isinstance(part, list):
            return [filled(each) for each in part]
        return _REQUIRED.sub(lambda found: variables[found[1]], part) if isinstance(part, str) else part

    return filled(yaml.safe_load((DEPLOY / "compose.yaml").read_text()))


def required() -> list[str]:
    """Return the variables without which compose does not start."""
    return _REQUIRED.findall((DEPLOY / "compose.yaml").read_text())


def manifests() -> dict[str, Any]:
    """Return Kubernetes' objects by kind."""
    objects = [each for file in (DEPLOY / "kubernetes").glob("*.yaml") for each in yaml.safe_load_all(file.read_text())]
    return {each["kind"]: each for each in objects}


def dockerfile() -> list[tuple[str, str]]:
    """Return the instructions of the image, each with its arguments."""
    text = (DEPLOY / "Dockerfile").read_text().replace("\\\n", " ")
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


def image_environment() -> dict[str, str]:
    """Return the variables that the image sets."""
    words = [word for instruction, rest in dockerfile() if instruction == "ENV" for word in rest.split()]
    return dict(word.split("=", 1) for word in words)


def unit(name: str = "conclave.service") -> Iterator[tuple[str, str]]:
    """Yield the settings of a systemd unit, in order; one may come several times."""
    for line in (DEPLOY / name).read_text().splitlines():
        if "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            yield name, value


def unit_environment(name: str, instance: str = "") -> dict[str, str]:
    """Return the variables that a systemd unit sets, as an instance of it where it is a template."""
    values = [value for setting, value in unit(name) if setting == "Environment"]
    return dict(value.replace("%i", instance).split("=", 1) for value in values)


def images() -> set[str]:
    """Return every image that is named anywhere."""
    found = {rest.split()[0] for instruction, rest in dockerfile() if instruction == "FROM"}
    found |= {service["image"] for service in compose()["services"].values()}
    pods = (manifests()[kind]["spec"]["template"]["spec"] for kind in ("Deployment", "Job"))
    return found | {container["image"] for pod in pods for container in pod["containers"]}
