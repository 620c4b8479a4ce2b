"""What a query string says is read or refused, on every route by one rule."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from models.words import Role
from tests.conftest import ROOT
from tests.factories import PASSWORD, RequestFactory, UserFactory
from tests.web.conftest import link_token
from tests.web.problems import check_problem
from web.http.parameters import parameters_of

# A link in Python or in a template, with the names that it gives.
_LINK = re.compile(r"""url_for\(\s*["']([a-z_.]+)["']((?:[^()]|\([^()]*\))*)\)""")
_NAME = re.compile(r"[,(]\s*([a-z_]+)=(?!=)")
PAGE = {"Accept": "text/html", "Accept-Language": "en"}


@pytest.fixture
def admin(client: FlaskClient, session: Session) -> str:
    """The CSRF token of an admin who is logged in here."""
    user = UserFactory(role=Role.ADMIN)
    client.post("/login", data={"username": user.username, "password": PASSWORD})
    cookie = client.get_cookie("haja_csrf")
    assert cookie
    return str(cookie.value)


def _calls(app: Flask) -> list[tuple[str, str]]:
    """Every method and address of the application, with something in the place of each part."""
    found = [
        (method, rule)
        for rule in app.url_map.iter_rules()
        for method in _methods(rule)
        if not parameters_of(app.view_functions[rule.endpoint]).foreign
    ]
    with app.test_request_context():
        return [(method, app.url_for(rule.endpoint, **_parts(rule))) for method, rule in found]


def _methods(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})


def _parts(rule: Rule) -> dict[str, Any]:
    return {name: 1 if name.endswith("_id") else "x" for name in rule.arguments}


def test_every_route_refuses_what_it_does_not_read(
    app: Flask, client: FlaskClient, admin: str
) -> None:
    calls = _calls(app)
    assert len(calls) >= 70
    passed = []
    for method, address in calls:
        mark = "&" if "?" in address else "?"
        answer = client.open(
            f"{address}{mark}zz=1&status_=bogus",
            method=method,
            headers={**PAGE, "X-CSRF-TOKEN": admin},
            data={"csrf_token": admin} if method == "POST" else None,
        )
        if answer.status_code != 422 or b"zz" not in answer.data:
            passed.append((method, address, answer.status_code))
    assert not passed


def test_our_own_links_say_only_what_is_read(app: Flask) -> None:
    """What stands in ``url_for`` is a part of the address or a parameter that its view reads."""
    wrong = []
    for path in sorted((ROOT / "web").rglob("*")):
        if path.suffix not in (".py", ".html"):
            continue
        for endpoint, values in _LINK.findall(path.read_text()):
            read = {"lang"} | parameters_of(app.view_functions[endpoint]).names
            read |= {name for rule in app.url_map.iter_rules(endpoint) for name in rule.arguments}
            wrong += [(path.name, endpoint, name) for name in set(_NAME.findall(values)) - read]
    assert not wrong


def test_a_page_says_so_in_words(client: FlaskClient, admin: str) -> None:
    answer = client.get("/desk/triage?foo=1", headers=PAGE)
    assert answer.status_code == 422
    assert "<code>foo</code>: This address knows no such parameter." in answer.text
    assert 'href="/desk"' in answer.text
    program = client.get("/desk/triage?foo=1", headers={"Accept": "application/json"})
    check_problem(program, 422, "foo")


def test_a_parameter_counts_once(client: FlaskClient, session: Session) -> None:
    row = RequestFactory()
    token = link_token(row)
    twice = f"/r/{row.reference}?token={token}&token={token}"
    check_problem(client.get(twice, headers={"Accept": "application/json"}), 422, "token")
    check_problem(client.get("/healthz?lang=ko&lang=en"), 422, "lang")


@pytest.mark.parametrize("name", ["utm_source", "fbclid", "gclid"])
def test_what_others_put_behind_a_link_is_in_nobodys_way(client: FlaskClient, name: str) -> None:
    """A poster's code and a messenger's link open the form."""
    assert client.get(f"/?location=Lobby&{name}=x", headers=PAGE).status_code == 200
    check_problem(client.post(f"/api/requests?{name}=x", json={"description": "x"}), 422, name)
