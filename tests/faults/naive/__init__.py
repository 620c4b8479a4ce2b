"""A simple implementation for comparison: save, then publish a Celery chain; tasks without claims.

The storm runs it as it runs Haja. It must lose and double requests and mails, or the storm proves
nothing.
"""
