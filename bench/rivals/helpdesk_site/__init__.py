"""A site of django-helpdesk as its installation guide describes it, set up as for production."""
