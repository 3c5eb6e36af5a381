"""Thin Celery: a task is a name and one id, and calls one function of core."""
