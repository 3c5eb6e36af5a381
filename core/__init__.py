"""The domain: knows neither Flask nor Celery."""
