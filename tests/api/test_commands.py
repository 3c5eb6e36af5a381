from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from api.contract import Application
from tests.api.contract import Client


def test_an_operator_gets_an_admins_key_and_the_same_admin_next_time(
    app: Application, client: Client
) -> None:
    keys = []
    for _ in range(2):
        done = app.test_cli_runner().invoke(args=["admin-key", "--name", "ready-made"])
        assert done.exit_code == 0, done.output
        keys.append(done.stdout.strip())

    first, second = (client.get("/me", headers={"Authorization": f"Bearer {key}"}).json for key in keys)

    assert (first["name"], first["role"]) == ("ready-made", "admin")
    assert first["user_id"] == second["user_id"]
    assert first["key_id"] != second["key_id"]


def test_two_may_prepare_a_deployment_at_once(app: Application) -> None:
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: app.test_cli_runner().invoke(args=["prepare"]), range(2)))

    assert [each.exit_code for each in done] == [0, 0], [each.output for each in done]
