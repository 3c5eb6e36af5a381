"""Real servers for a machine that has none, and the processes of the Procfile on top of them."""
