"""Celery's settings: plain values, the same for those who send and those who work. docs/operating.md says why."""

import os

broker_url = os.environ.get("BROKER_URL")

# The database is the truth and says what to do; the broker only wakes workers. So: no results, JSON only, small messages.
task_ignore_result = True
task_serializer = "json"
accept_content = ["json"]

task_queues = {name: {"routing_key": name} for name in ("interactive", "bulk", "upkeep", "deliveries")}
task_default_queue = "upkeep"
task_create_missing_queues = False

# A worker takes one message at a time and confirms it after the work: what it had not begun goes to another at once.
task_acks_late = True
worker_prefetch_multiplier = 1
# Unconfirmed messages come again after this; far above the longest chunk, since a lease notices a dead worker long before.
# A broker that takes connections and never answers (a half-open line, a stopped process) is given up after the time-outs, and a
# consumer that waits in vain for a message after brpop's 1 s and two health checks. sending.py is less patient.
broker_transport_options = {
    "visibility_timeout": 3600,
    "socket_timeout": 5,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
    "health_check_interval": 10,
}
broker_connection_retry_on_startup = True
broker_connection_max_retries = None
worker_cancel_long_running_tasks_on_connection_loss = False
worker_max_memory_per_child = int(os.environ.get("WORKER_MEMORY_KB", "700000"))

# Task events are what Flower shows.
worker_send_task_events = True
task_send_sent_event = False
worker_hijack_root_logger = False
worker_enable_remote_control = True

timezone = "UTC"
beat_schedule = {
    "relay": {"task": "certmill.relay", "schedule": 1.0},
    "relay-deliveries": {"task": "certmill.relay_deliveries", "schedule": 1.0},
    "upkeep": {"task": "certmill.upkeep", "schedule": 2.0},
    # A sweep takes its time; the upkeep queue must not wait for it.
    "orphans": {"task": "certmill.collect_orphans", "schedule": 3600.0, "options": {"queue": "bulk"}},
    "sweep-deliveries": {
        "task": "certmill.sweep_deliveries",
        "schedule": 600.0,
        "options": {"queue": "deliveries"},
    },
}
