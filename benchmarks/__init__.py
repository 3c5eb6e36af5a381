"""Programs that measure and print; none of them judges."""
