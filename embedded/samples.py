"""The built-in templates' sample rows, submitted as a web client would: pictures first, then spas, then jobs."""

import base64
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from embedded.client import Client

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Request:
    """One body for POST /certificates/generate, and the kind of document that it asks for."""

    kind: str
    body: dict[str, Any]


class Samples:
    """The sample rows of a `templates/` folder. `series` begins every bill number, so that a second run's are new."""

    def __init__(self, folder: Path, client: Client, *, series: str | None = None) -> None:
        self._folder = folder
        self._client = client
        self._series = series or _written_in(DIGITS, int(time.time()))
        self._bills = 0
        self._assets: dict[Path, str] = {}
        self._spas: dict[str, str] = {}

    def requests(self, *, times: int = 1) -> Iterator[Request]:
        """Every template's samples, `times` over, in one request for each template and spa."""
        self._spas = self._registered_spas()
        for template in sorted(self._folder.glob("*/template.yaml")):
            document = yaml.safe_load(template.read_text("utf-8"))
            file = template.parent / document.get("samples", "samples.yaml")
            samples = yaml.safe_load(file.read_text("utf-8"))["items"]
            for spa, items in _by_spa(samples).items():
                body: dict[str, Any] = {
                    "template": document["id"],
                    "items": [
                        self._values(item["values"], file.parent) for _ in range(times) for item in items
                    ],
                    "is_public": True,
                }
                if spa is not None:
                    body["spa_id"] = self._spas[spa]
                yield Request(document["kind"], body)

    def _registered_spas(self) -> dict[str, str]:
        known: dict[str, str] = {}
        path: str | None = "/spas?limit=200"
        while path:
            page = self._client.get(path).json
            known |= {spa["code"]: spa["id"] for spa in page["items"]}
            path = f"/spas?limit=200&cursor={page['next']}" if page["next"] else None
        for spa in yaml.safe_load((self._folder / "spas.yaml").read_text("utf-8"))["spas"]:
            if spa["code"] not in known:
                body = self._with_assets(spa, self._folder)
                known[spa["code"]] = self._client.post("/spas", body).json["id"]
        return known

    def _values(self, values: Mapping[str, Any], folder: Path) -> dict[str, Any]:
        ready: dict[str, Any] = self._with_assets(values, folder)
        if "bill_number" in ready:
            self._bills += 1
            ready["bill_number"] = f"{self._series}/{self._bills:05d}"
        return ready

    def _with_assets(self, value: Any, folder: Path) -> Any:
        """The value with each `{file: …}` replaced by the asset that the file became."""
        match value:
            case {"file": str(name)}:
                return self._asset(folder / name)
            case dict():
                return {key: self._with_assets(part, folder) for key, part in value.items()}
            case list():
                return [self._with_assets(part, folder) for part in value]
            case _:
                return value

    def _asset(self, path: Path) -> str:
        path = path.resolve()
        if path not in self._assets:
            data = base64.b64encode(path.read_bytes()).decode()
            self._assets[path] = self._client.post("/assets", {"data": data}).json["id"]
        return self._assets[path]


def _by_spa(samples: Sequence[Mapping[str, Any]]) -> dict[str | None, list[Mapping[str, Any]]]:
    grouped: dict[str | None, list[Mapping[str, Any]]] = {}
    for sample in samples:
        grouped.setdefault(sample.get("spa"), []).append(sample)
    return grouped


def _written_in(digits: str, number: int) -> str:
    written = ""
    while number:
        number, digit = divmod(number, len(digits))
        written = digits[digit] + written
    return written
