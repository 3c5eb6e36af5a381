"""Five hundred people at once: who they are (people.py), and what becomes of everything meanwhile (run.py)."""
