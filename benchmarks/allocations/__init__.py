"""Where memory goes in a web process and in a worker's child under load."""
