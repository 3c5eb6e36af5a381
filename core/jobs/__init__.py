"""Jobs from their submission to their completion. docs/lifecycle.md draws what happens, and who wins which race."""
