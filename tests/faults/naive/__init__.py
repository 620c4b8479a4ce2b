"""What most would write first: save, then publish a Celery chain; tasks that just do their work.

The storm drives it as it drives Haja. It must lose and double things, or the storm proves nothing.
"""
