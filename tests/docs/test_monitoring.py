"""The files of docs/monitoring by themselves; tests/system/test_sight.py holds them to a running system."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.metrics.broker import read_broker
from core.metrics.rows import read_rows
from core.parts import Parts
from core.settings import ROOT

MONITORING = ROOT / "docs" / "monitoring"
RULES = [
    rule
    for group in yaml.safe_load((MONITORING / "alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]
PANELS = [
    panel
    for panel in json.loads((MONITORING / "dashboard.json").read_text())["panels"]
    if panel["type"] != "row"
]
EXPRESSIONS = [
    *((rule["alert"], rule["expr"]) for rule in RULES),
    *((panel["title"], target["expr"]) for panel in PANELS for target in panel["targets"]),
]


@pytest.fixture
def promtool(debian_tool: Callable[[str], Path]) -> Callable[..., str]:
    """`promtool("check", "rules", file)`: what Prometheus's own tool says, which must be content."""
    tool = debian_tool("promtool")

    def run(*arguments: str | Path) -> str:
        done = subprocess.run([tool, *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def test_prometheus_takes_the_rules_and_its_configuration(promtool: Callable[..., str]) -> None:
    assert f"{len(RULES)} rules found" in promtool("check", "rules", MONITORING / "alerts.yml")
    promtool("check", "config", MONITORING / "prometheus.yml")


def test_prometheus_understands_what_the_dashboard_asks(promtool: Callable[..., str], tmp_path: Path) -> None:
    asked = [
        {"record": f"asked:number{number}", "expr": expression.replace("$__rate_interval", "1m")}
        for number, (_, expression) in enumerate(EXPRESSIONS)
    ]
    rules = tmp_path / "dashboard.yml"
    rules.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": asked}]}))
    assert f"{len(asked)} rules found" in promtool("check", "rules", rules)


def test_every_alert_has_its_section_and_every_section_its_alert() -> None:
    told = (ROOT / "docs" / "operating.md").read_text()
    sections = re.findall(r"^#### (\w+)\n\n\*(Page|Ticket)\.\* \S", told, re.MULTILINE)
    assert sections == [(rule["alert"], rule["labels"]["severity"].capitalize()) for rule in RULES]


def test_what_every_process_tells_the_same_is_never_summed_over_processes(runtime: Parts) -> None:
    rows = {family.name for read in (read_rows, read_broker) for family in read(runtime)}
    assert "certmill_open_chunks" in rows
    samples = {f"{row}{end}" for row in rows for end in ("", "_total", "_sum", "_count")}
    for title, expression in EXPRESSIONS:
        innermost = re.findall(
            r"(sum|max|min)[^()]*(?:\([^()]*\))?\s*\((?:rate|increase)?\(?(certmill_\w+)", expression
        )
        for how, name in innermost:
            assert name not in samples or how != "sum", title
        for name in samples.intersection(re.findall(r"certmill_\w+", expression)):
            assert name in {each for _, each in innermost}, f"{title}: {name} of which process?"


def series(name: str, values: str) -> dict[str, str]:
    return {"series": name, "values": values}


INTERACTIVE = 'certmill_oldest_chunk_seconds{lane="interactive", instance="%s"}'
EXPIRED = 'certmill_returned_chunks_total{because="lease expired", instance="a"}'
ANSWERED = 'certmill_requests_total{method="GET", route="/jobs", status="%s", instance="a"}'


@pytest.mark.parametrize(
    ("alert", "given", "fires"),
    [
        ("InteractiveWaits", [series(INTERACTIVE % machine, "60x20") for machine in "ab"], True),
        # Two machines tell the same: 20 seconds, not 40.
        ("InteractiveWaits", [series(INTERACTIVE % machine, "20x20") for machine in "ab"], False),
        ("LeasesExpire", [series(EXPIRED, "0 0 0 1 2 3 4 5 6 7 8 8 8 8 8 8 8 8 8 8")], True),
        ("LeasesExpire", [series(EXPIRED, "0x10 1x10")], False),
        ("RequestsFail", [series(ANSWERED % "200", "0+90x20"), series(ANSWERED % "500", "0+10x20")], True),
        ("RequestsFail", [series(ANSWERED % "200", "0+100x20"), series(ANSWERED % "404", "0+90x20")], False),
    ],
)
def test_an_alert_fires_when_it_should(
    alert: str, given: list[Any], fires: bool, promtool: Callable[..., str], tmp_path: Path
) -> None:
    said = f'count(ALERTS{{alertname="{alert}", alertstate="firing"}})'
    expected = [{"labels": "{}", "value": 1}] if fires else []
    story = tmp_path / "story.yml"
    story.write_text(
        yaml.safe_dump(
            {
                "rule_files": [str(MONITORING / "alerts.yml")],
                "evaluation_interval": "1m",
                "tests": [
                    {
                        "interval": "1m",
                        "input_series": given,
                        "promql_expr_test": [{"expr": said, "eval_time": "15m", "exp_samples": expected}],
                    }
                ],
            }
        )
    )
    promtool("test", "rules", story)
