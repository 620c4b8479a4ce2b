"""Guards over Celery 5.7 and kombu 5.7, each with the fault that it holds off."""
