"""The pages for people: plain HTML that works without JavaScript, in Korean and English."""

from flask import Flask

from web.http.analytics import init_analytics
from web.pages import (
    account_link,
    answer,
    danger,
    dashboard,
    desk,
    desk_canned,
    desk_changes,
    desk_link,
    desk_reply,
    desk_request,
    desk_unsure,
    desk_views,
    desk_watch,
    form,
    inbox,
    login,
    offline,
    own_contact,
    profile,
    status,
    team_rules,
    teams,
    triage,
    users,
)
from web.pages.blueprint import bp
from web.pages.template_context import init_template_context

# Importing a page's file is what adds its routes to the blueprint.
PAGES = (
    form,
    danger,
    offline,
    status,
    answer,
    own_contact,
    login,
    desk,
    desk_canned,
    desk_changes,
    desk_link,
    desk_reply,
    desk_request,
    desk_unsure,
    desk_views,
    desk_watch,
    dashboard,
    triage,
    profile,
    users,
    teams,
    team_rules,
    account_link,
    inbox,
)


def init_pages(app: Flask) -> None:
    """Add the pages, and what their templates may call."""
    app.register_blueprint(bp)
    init_template_context(app)
    init_analytics(app)
