"""Three machines: web with PostgreSQL, both Redis and a bucket; and two hosts of workers that share nothing with it or each other
but those servers. One is cut off in mid-work for longer than a lease, and comes back.

    make cluster-test  [ITEMS=300] [CUT=15] [AT=chunk.stored] [ROUNDS=3] [ARRIVALS=40]

needs root and Linux: the machines are namespaces (tests/cluster/hosts.py). ITEMS certificates of many templates are made by
both hosts, and as many while one is cut off for CUT seconds, beginning when it comes to the failpoint AT. In each of the ROUNDS
ITEMS more are made by two workers on one host and by one on each of two; it is told what the queue model says of that, and how
long ARRIVALS chunks wait that come at random. The last line is one JSON object; exit code 1 says that something was lost,
doubled, left over, shared or changed late.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import psutil
from sqlalchemy import text

from benchmarks.cpu import cpu_seconds, risen
from core.artifacts import certificate_of
from core.doctor import examine
from core.doctor.files import draw_again
from core.failpoints import POINTS, Failpoints, Point
from core.parts import Parts
from core.runtime import build_runtime
from core.settings import read_settings
from embedded.client import Client
from embedded.errors import EmbeddedError
from embedded.samples import Samples
from embedded.seaweedfs import SeaweedFS
from embedded.system import ROOT, RunningSystem, system
from sending import sender
from tests.chaos.verdict import wait_for_rest
from tests.cluster.hosts import WEB, Host, become_web, writable_here
from tests.cluster.queueing import throughput, waiting, waits
from tests.cluster.witness import Witness

CHUNK: Final = 8
LEASE: Final = 4.0
REDRAWN: Final = 40
"""Certificates that are drawn again to compare; the digests of all are their names, and read in any case."""
PATIENCE: Final = 240.0
_LATE: Final = {"refused": "lease lost; nothing recorded", "given up": "raised unexpected: OperationalError"}
"""What the log of a worker says whose result came late, or could not be told at all."""
_PLACEMENTS: Final = {"1": (1, 0), "2": (2, 0), "1 + 1": (1, 1)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--items", type=int, default=int(os.environ.get("ITEMS", "300")))
    parser.add_argument("--cut", type=float, default=float(os.environ.get("CUT", "15")))
    parser.add_argument("--at", choices=POINTS, default=os.environ.get("AT", "chunk.stored"))
    parser.add_argument("--rounds", type=int, default=int(os.environ.get("ROUNDS", "3")))
    parser.add_argument("--arrivals", type=int, default=int(os.environ.get("ARRIVALS", "40")))
    asked = parser.parse_args()
    try:
        become_web()
        with ExitStack() as stack:
            return _run(stack, asked)
    except EmbeddedError as problem:
        print(problem, file=sys.stderr)
        return 1


def _run(stack: ExitStack, asked: argparse.Namespace) -> int:
    var = Path("/tmp/web")
    bucket = SeaweedFS(var, host=WEB, durable=False)
    stack.callback(bucket.stop)
    bucket.start()
    bucket.wait_until_ready()
    given = {
        **os.environ,
        **bucket.environment(),
        "HOST": WEB,
        "CHUNK_ITEMS": str(CHUNK),
        "LEASE_SECONDS": str(LEASE),
    }
    running = stack.enter_context(system(var, given=given, only=("web", "beat"), servers_host=WEB))
    hosts = [stack.enter_context(Host("one", 11)), stack.enter_context(Host("two", 12))]
    environment = running.environment
    parts = build_runtime(read_settings(environment), send=sender(environment["BROKER_URL"]))
    stack.callback(parts.engine.dispose)
    cluster = Cluster(running, hosts, parts, Witness(parts.sessions), var)
    try:
        report = _measure(cluster, asked)
    except BaseException:
        # Whatever it was, the logs are gone with this host's /tmp when it ends.
        _tell_logs(var)
        raise
    print(json.dumps(report))
    if cluster.wrong:
        _tell_logs(var)
    return 1 if cluster.wrong else 0


@dataclass(slots=True)
class Cluster:
    """All that a run has in its hands, and what it found wrong."""

    running: RunningSystem
    hosts: list[Host]
    parts: Parts
    witness: Witness
    var: Path
    wrong: list[str] = field(default_factory=list)
    accepted: dict[str, int] = field(default_factory=dict)
    peers: dict[str, set[str]] = field(default_factory=dict)

    def start(self, *workers: int) -> None:
        """So many bulk workers on each host, and an interactive one, which has the upkeep."""
        for host, number in zip(self.hosts, workers, strict=True):
            if number:
                environment = {**self.running.environment, "BULK_WORKERS": str(number)}
                host.start(environment, "worker-interactive", "worker-bulk", logs=self.var / "log")

    def stop(self) -> None:
        for host in self.hosts:
            host.stop()

    def warm_up(self, *workers: int) -> list[str]:
        """Let every worker import, open fonts and prepare the template; some jobs that they made after that."""
        idle = {host.address for host, number in zip(self.hosts, workers, strict=True) if number}
        while True:
            jobs = self.submit(self.alike(2 * sum(workers), CHUNK))
            self.wait(jobs)
            if not idle:
                return jobs
            idle -= set(self.witness.issued(jobs))

    def submit(self, bodies: Iterator[dict[str, Any]]) -> list[str]:
        jobs = []
        with self.client() as client:
            for body in bodies:
                job = client.post("/certificates/generate", body).json
                jobs.append(job["id"])
                self.accepted[job["id"]] = len(body["items"])
        return jobs

    def client(self) -> Client:
        return Client(self.running.base_url, self.running.admin_key)

    def mixed(self, items: int) -> Iterator[dict[str, Any]]:
        """About so many items: one job with half of them, and jobs of one chunk, each of another template and spa."""
        with self.client() as client:
            bodies = [request.body for request in Samples(ROOT / "templates", client).requests(times=CHUNK)]
        many = next(body for body in bodies if body["template"] == "therapist-classic")
        yield many | {"items": list(islice(cycle(many["items"]), items // 2))}
        for number in range(-(-items // 2 // CHUNK)):
            body = bodies[number * 13 % len(bodies)]
            yield body | {"items": body["items"][:CHUNK]}

    def alike(self, jobs: int, items: int) -> Iterator[dict[str, Any]]:
        """Jobs of so many items each, of one template."""
        person = {"course_name": "Thai Massage", "start_date": "2026-01-05", "end_date": "2026-03-27"}
        rows = [{"candidate_name": f"Asha Rao {number}", **person} for number in range(items)]
        yield from ({"template": "therapist-classic", "items": rows} for _ in range(jobs))

    def wait(self, jobs: list[str], *, among: Callable[[], object] = lambda: None) -> None:
        """Until all of them are completed. Raises EmbeddedError for a worker that ended or a job that takes too long."""
        self.until(lambda: not self.open(jobs), f"{len(jobs)} jobs to be completed", among)

    def until(
        self, done: Callable[[], object], what: str, among: Callable[[], object] = lambda: None
    ) -> None:
        deadline = time.monotonic() + PATIENCE
        while not done():
            among()
            for host in self.hosts:
                if ended := host.ended():
                    raise EmbeddedError(f"host {host.name}: {ended}")
            if time.monotonic() > deadline:
                raise EmbeddedError(f"waited {PATIENCE:.0f} s for {what}")
            time.sleep(0.02)

    def open(self, jobs: list[str]) -> int:
        with self.parts.sessions.begin() as session:
            statement = (
                "SELECT count(*) FROM jobs WHERE id = ANY(cast(:jobs AS uuid[])) AND completed_at IS NULL"
            )
            count: int = session.execute(text(statement), {"jobs": jobs}).scalar_one()
            return count

    def look_at_peers(self) -> None:
        for host in self.hosts:
            self.peers.setdefault(host.name, set()).update(host.peers())

    def check(self, holds: object, otherwise: str) -> None:
        if not holds:
            self.wrong.append(otherwise)
            print(f"WRONG  {otherwise}", file=sys.stderr, flush=True)

    def by_host(self, counted: Mapping[str, int]) -> dict[str, int]:
        return {host.name: counted.get(host.address, 0) for host in self.hosts}


def _measure(cluster: Cluster, asked: argparse.Namespace) -> dict[str, object]:
    cluster.start(1, 1)
    report: dict[str, object] = {"items": asked.items, "lease_s": LEASE}
    report |= _spread(cluster, asked.items)
    report |= _cut_off(cluster, asked.items, asked.cut, asked.at)
    report |= _shared(cluster)
    cluster.stop()
    report |= _rounds(cluster, asked.items, asked.rounds)
    report |= _arrive(cluster, asked.arrivals)
    report |= _rest(cluster)
    return report | {"wrong": cluster.wrong}


def _spread(cluster: Cluster, items: int) -> dict[str, object]:
    jobs = cluster.submit(cluster.mixed(items))
    cluster.wait(jobs, among=cluster.look_at_peers)
    issued = cluster.by_host(cluster.witness.issued(jobs))
    print(f"Both hosts together: {len(jobs)} jobs, certificates issued {issued}", flush=True)
    cluster.check(all(issued.values()), f"one host issued nothing: {issued}")
    return {"issued": issued}


def _cut_off(cluster: Cluster, items: int, seconds: float, point: Point) -> dict[str, object]:
    """Cut off host one when it has come to that point; the other does all the work; heal; one's late word changes nothing."""
    witness = cluster.witness
    one = cluster.hosts[0]
    points = Failpoints(one.failpoints)
    points.arm(point, "delay")
    jobs = cluster.submit(cluster.mixed(items))
    cluster.until(lambda: not points.armed, f"host one to come to {point}")
    cut_at, began = witness.now(), time.monotonic()
    one.cut()
    held = witness.held(one.address)
    print(f"Host one is cut off with {len(held)} chunks in its hands", flush=True)
    cluster.wait(jobs)
    finished = time.monotonic() - began
    time.sleep(max(0.0, seconds - finished))
    taken = witness.taken_over(held, since=cut_at)
    alone = cluster.by_host(witness.issued(jobs, since=cut_at))
    before = witness.photograph(jobs)
    healed_at, away = witness.now(), time.monotonic() - began
    one.heal()
    more: list[str] = []

    def ask_for_more() -> None:
        if not more or not cluster.open(more):
            more.extend(cluster.submit(cluster.alike(4, CHUNK)))

    healed = time.monotonic()
    cluster.until(lambda: _is_back(cluster, one, more, healed_at), "host one to issue again", ask_for_more)
    cluster.until(
        lambda: sum(_late(cluster, one).values()) >= len(held), "host one's last word on its chunks"
    )
    back = time.monotonic() - healed
    cluster.wait(more)
    late = _late(cluster, one)
    changed = [table for table, digest in witness.photograph(jobs).items() if digest != before[table]]
    issued_late = witness.issued_late(held, one.address, since=cut_at)
    print(
        f"Away for {away:.1f} s; its chunks were in other hands after {taken} s; the work was done after {finished:.1f} s; "
        f"issued meanwhile {alone}; back at work {back:.1f} s after the cable; its late results: {late}",
        flush=True,
    )
    cluster.check(held, "host one had nothing in its hands when it was cut off")
    cluster.check(away > LEASE, "the cut was no longer than a lease")
    cluster.check(not alone["one"], f"issued by a host that was cut off: {alone}")
    cluster.check(len(taken) == len(held), f"of {len(held)} chunks {len(taken)} were taken over")
    cluster.check(not changed, f"changed after the job was completed: {changed}")
    cluster.check(not issued_late, f"{issued_late} certificates issued by a worker that had lost its lease")
    return {
        "held_at_cut": len(held),
        "away_s": round(away, 1),
        "moving_again_s": round(max(taken, default=0.0), 1),
        "done_without_it_s": round(finished, 1),
        "back_at_work_s": round(back, 1),
        "late_results": late,
        "changed_late": len(changed) + issued_late,
    }


def _is_back(cluster: Cluster, one: Host, more: list[str], healed_at: Any) -> bool:
    return bool(more) and cluster.witness.issued(more, since=healed_at)[one.address] > 0


def _late(cluster: Cluster, host: Host) -> dict[str, int]:
    logs = [log.read_text(errors="replace") for log in (cluster.var / "log" / host.name).glob("*.log")]
    return {what: sum(log.count(said) for log in logs) for what, said in _LATE.items()}


def _shared(cluster: Cluster) -> dict[str, object]:
    """What the hosts have in common: the servers that they talk to, and no place to write."""
    environment = cluster.running.environment
    servers = {
        name: f"{urlsplit(address).hostname}:{urlsplit(address).port}"
        for name, address in {
            "database": environment["DATABASE_URL"],
            "broker": environment["BROKER_URL"],
            "cache": environment["CACHE_URL"],
            "bucket": _endpoint(environment["MEDIA_URL"]),
        }.items()
    }
    names = {address: name for name, address in servers.items()}
    places = {"web": writable_here()} | {host.name: host.writable() for host in cluster.hosts}
    met = {
        name: sorted(names.get(peer, peer) for peer in peers if not peer.startswith("127."))
        for name, peers in cluster.peers.items()
    }
    twice = [
        place for place, number in Counter(p for each in places.values() for p in each).items() if number > 1
    ]
    cluster.check(not twice, f"two hosts can write to one place: {twice}")
    for host in cluster.hosts:
        cluster.check(set(met[host.name]) <= set(servers), f"host {host.name} spoke with {met[host.name]}")
        files = host.files()
        documents = [file for file in files if file.endswith((".pdf", ".png", ".jpg")) or "/web/" in file]
        cluster.check(not documents, f"on the disk of host {host.name}: {documents[:3]}")
        print(
            f"Host {host.name} spoke with {', '.join(met[host.name])}; it can write to "
            f"{', '.join(sorted(mount for mount, _ in places[host.name]))} and wrote {len(files)} files",
            flush=True,
        )
    return {"spoke_with": met, "shared_places": len(twice)}


def _endpoint(media_url: str) -> str:
    return parse_qs(urlsplit(media_url).query)["endpoint"][0]


def _rounds(cluster: Cluster, items: int, rounds: int) -> dict[str, object]:
    """By turns: one worker, two on one host, one on each of two; medians. Cores are those that others left us meanwhile."""
    measured: dict[str, list[tuple[float, float, float]]] = {name: [] for name in _PLACEMENTS}
    for _ in range(rounds):
        for name, workers in _PLACEMENTS.items():
            cluster.start(*workers)
            cluster.warm_up(*workers)
            began, before, idle = time.monotonic(), cpu_seconds(), psutil.cpu_times().idle
            jobs = cluster.submit(cluster.alike(1, items))
            cluster.wait(jobs)
            used = sum(risen(before).values())
            cores = (used + psutil.cpu_times().idle - idle) / (time.monotonic() - began)
            measured[name].append((items / cluster.witness.seconds(jobs), used / items, cores))
            cluster.stop()
    if not rounds:
        return {}
    found = {
        name: tuple(statistics.median(column) for column in zip(*taken, strict=True))
        for name, taken in measured.items()
    }
    alone = 1 / found["1"][0]
    told = {}
    print(f"Placements by turns, {rounds} rounds of {items} items:")
    for name, (rate, cpu, cores) in found.items():
        model = throughput(sum(_PLACEMENTS[name]), alone=alone, cpu=cpu, cores=cores)
        print(
            f"  workers {name:<6}{rate:>7.1f} items a second, the model says {model:>6.1f} with {cores:.1f} cores free; "
            f"CPU {cpu * 1000:.1f} ms an item, all processes",
            flush=True,
        )
        told[name] = {
            "rate": round(rate, 1),
            "model": round(model, 1),
            "cpu_ms": round(cpu * 1000, 1),
            "cores": round(cores, 2),
        }
    return {"placements": told}


def _arrive(cluster: Cluster, arrivals: int) -> dict[str, object]:
    """Chunks that come at random to a worker on each host, who would be busy for six tenths of the time."""
    if not arrivals:
        return {}
    chance = random.Random(1)
    cluster.start(1, 1)
    warm = cluster.witness.served(cluster.warm_up(1, 1))
    rate = 0.6 * 2 / statistics.fmean(each.took for each in warm)
    jobs: list[str] = []
    for body in cluster.alike(arrivals, CHUNK):
        time.sleep(chance.expovariate(rate))
        jobs.extend(cluster.submit(iter([body])))
    cluster.wait(jobs)
    cluster.stop()
    served = cluster.witness.served(jobs)
    took = [each.took for each in served]
    service = statistics.fmean(took)
    variation = statistics.pvariance(took) / service**2
    mean = statistics.fmean(each.waited for each in served)
    these = statistics.fmean(waits(2, ((each.came, each.took) for each in served)))
    many = waiting(2, arrivals=rate, service=service, variation=variation)
    print(
        f"{arrivals} chunks at random, {rate:.2f} a second, {service * 1000:.0f} ms each: a load of "
        f"{rate * service / 2:.2f} for each worker; waited {mean * 1000:.0f} ms on average; "
        f"the model says {these * 1000:.0f} ms of those that came then, {many * 1000:.0f} ms of many",
        flush=True,
    )
    return {
        "arrivals": arrivals,
        "load": round(rate * service / 2, 2),
        "service_ms": round(service * 1000),
        "waited_ms": round(mean * 1000),
        "model_ms": round(these * 1000),
        "model_of_many_ms": round(many * 1000) if many < PATIENCE else None,
    }


def _rest(cluster: Cluster) -> dict[str, object]:
    """Every row and every file is looked at, and some certificates are drawn again."""
    parts = cluster.parts
    cluster.start(1, 0)
    at_rest = wait_for_rest(parts, lambda: None, within=60)
    cluster.stop()
    cluster.check(at_rest, "it did not come to rest")
    findings = [str(finding) for finding in examine(parts, at_rest=True)]
    for finding in findings[:10]:
        cluster.check(False, finding)
    with parts.sessions.begin() as session:
        rows = session.execute(
            text("SELECT id, job_id, position, files FROM certificates ORDER BY code")
        ).all()
        jobs = {str(row.id): row for row in session.execute(text("SELECT id, total, issued FROM jobs")).all()}
    for row in rows[:REDRAWN]:
        drawn = {certificate_of(key) for key in draw_again(parts, row.job_id, row.position)}
        differ = [name for name, facts in row.files.items() if (row.id, facts["digest"]) not in drawn]
        cluster.check(
            not differ, f"drawn again, other bytes: {differ} of job {row.job_id}, item {row.position}"
        )
    lost = sum(total - jobs[job].issued for job, total in cluster.accepted.items())
    cluster.check(not lost, f"{lost} items were not issued")
    print(f"{len(rows)} certificates in {len(jobs)} jobs: {lost} lost, {len(findings)} findings")
    return {"certificates": len(rows), "lost": lost, "findings": len(findings)}


def _tell_logs(var: Path) -> None:
    for log in sorted((var / "log").rglob("*.log")):
        lines = log.read_text(errors="replace").splitlines()[-12:]
        print("\n".join([f"--- the end of {log}", *lines]), file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
