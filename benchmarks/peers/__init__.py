"""Others draw workload C, each as a good project of its users writes it. They run in `.venv-bench`."""
