"""The managers' page about triage, and the one click that confirms it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.correction import Correction
from models.maintenance_request import MaintenanceRequest
from models.queries.labels import list_labels
from models.services.triage_models import activate_model, record_model
from models.user import User
from tests.factories import RequestFactory, UserFactory
from tests.models.triage_rows import answered, correct, training_result
from tests.web.pages.conftest import csrf
from tests.web.pages.document import Document, read

Enter = Callable[[User | None], FlaskClient]


@pytest.fixture
def manager(enter: Enter, session: Session) -> FlaskClient:
    return enter(UserFactory(manager=True))


def _totals(page: Document) -> list[str]:
    return [found.text.strip() for found in page.all("dd")]


def test_it_is_the_managers_page(enter: Enter, session: Session) -> None:
    browser = enter(UserFactory())
    assert "/desk/triage" not in [link["href"] for link in read(browser.get("/desk")).all("a")]
    read(browser.get("/desk/triage"), 403)
    browser = enter(UserFactory(manager=True))
    assert len(read(browser.get("/desk")).all("a", href="/desk/triage")) == 1
    page = read(browser.get("/desk/triage"))
    assert page.one("a", aria_current="page")["href"] == "/desk/triage"


@pytest.mark.parametrize("language", ["ko", "en"])
def test_an_empty_house_has_the_page_too(manager: FlaskClient, language: str) -> None:
    page = read(manager.get(f"/desk/triage?lang={language}"))
    nothing = {"ko": "아직 없음", "en": "none yet"}[language]
    assert _totals(page) == [nothing, nothing, "0", "0"]


def test_shares_are_of_what_people_judged(manager: FlaskClient, session: Session) -> None:
    user = UserFactory(name="이운영")
    for _ in range(3):
        answered(status="completed")
    wrong = answered(english=True, description="The <ice> maker leaks")
    correct(session, wrong, user, category="appliance")
    answered()  # nobody looked at it
    answered(status="completed", created_at=datetime.now(UTC) - timedelta(weeks=20))
    session.commit()
    page = read(manager.get("/desk/triage"))
    assert _totals(page) == ["75%", "100%", "4", "0"]
    rows = [" ".join(row.text.split()) for row in page.all("tr")]
    assert any(row.startswith("Plumbing") and row.endswith("100% 3") for row in rows)
    assert any(row.startswith("Appliance") and row.endswith("0% 1") for row in rows)
    charts = [chart["aria-label"] for chart in page.all("svg", role="img")]
    assert len(charts) == 4 and all("of" in words for words in charts)
    (corrected,) = (row for row in rows if "→ Appliance" in row)
    assert "Category: Plumbing → Appliance" in corrected and "이운영" in corrected
    assert "The <ice> maker leaks" in corrected


def test_corrections_survive_the_account_that_made_them(
    manager: FlaskClient, session: Session
) -> None:
    user = UserFactory(name="떠난 사람")
    correct(session, answered(), user, priority="urgent")
    session.delete(user)
    session.commit()
    page = read(manager.get("/desk/triage"))
    assert "somebody who left" in page.text and "Medium → Urgent" in page.text


def test_confirmations_and_first_words_are_no_corrections(
    manager: FlaskClient, session: Session
) -> None:
    user = UserFactory()
    correct(session, answered(unsure=True), user, category="plumbing", priority="medium")
    correct(session, RequestFactory(), user, category="hvac")
    session.commit()
    assert "Nothing was corrected yet." in read(manager.get("/desk/triage")).text


def test_kept_models_are_listed_with_what_they_reached(
    manager: FlaskClient, session: Session
) -> None:
    for version in ("7", "8"):
        record_model(session, training_result(version))
    activate_model(session, "7")
    session.commit()
    page = read(manager.get("/desk/triage"))
    shown = [" ".join(item.text.split()) for item in page.all("li") if "labels" in item.text]
    assert shown[0].startswith("8 ") and "in use" not in shown[0]
    assert shown[1].startswith("7 in use") and "Korean 90%, English 90%" in shown[1]


def _confirm(desk: FlaskClient, page: Document, row: MaintenanceRequest) -> str:
    """Press the page's button: all hidden fields of its form, in order."""
    names = ("csrf_token", "version", "category", "priority", "page", "here")
    action = f"/desk/requests/{row.id}/confirm"
    place = next(i for i, e in enumerate(page.elements) if e.get("action") == action)
    fields = [e for e in page.elements[place:] if e.get("type") == "hidden"][: len(names)]
    assert tuple(e["name"] for e in fields) == names
    answer = desk.post(action, data={e["name"]: e["value"] for e in fields})
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


@pytest.mark.parametrize(
    ("path", "back"),
    [
        ("/desk?unsure=true", "/desk?view=all&unsure=True&notice=saved"),
        ("/desk/requests/{id}", "/desk/requests/{id}?notice=saved"),
        ("/desk/triage", "/desk/triage?notice=saved"),
    ],
)
def test_one_click_confirms_from_every_page(
    manager: FlaskClient, session: Session, path: str, back: str
) -> None:
    row = answered(unsure=True, confidence=0.4)
    session.commit()
    page = read(manager.get(path.format(id=row.id)))
    went = _confirm(manager, page, row)
    assert went == back.format(id=row.id)
    assert "Saved." in read(manager.get(went)).text
    session.refresh(row)
    assert not row.unsure
    words = session.scalars(select(Correction).order_by(Correction.field)).all()
    assert [(w.field, w.was, w.became) for w in words] == [
        ("category", "plumbing", "plumbing"),
        ("priority", "medium", "medium"),
    ]
    assert all(word.user_id for word in words)
    assert len(list_labels(session)) == 1


def test_unsure_requests_are_marked_and_found(desk: FlaskClient, session: Session) -> None:
    sure, unsure = answered(), answered(unsure=True)
    session.commit()
    page = read(desk.get("/desk"))
    assert len(page.all("span", class_="badge unsure")) == 1
    assert not page.by_name("unsure").get("checked")
    page = read(desk.get("/desk?unsure=true"))
    assert unsure.reference in page.text and sure.reference not in page.text
    assert "checked" in page.by_name("unsure").attributes
    page = read(desk.get(f"/desk/requests/{unsure.id}"))
    assert "Triage is not sure" in page.text
    assert "Triage is not sure" not in read(desk.get(f"/desk/requests/{sure.id}")).text


@pytest.mark.parametrize("path", ["/desk", "/desk/requests/{id}", "/desk/triage"])
def test_what_somebody_else_changed_is_not_confirmed(
    manager: FlaskClient, session: Session, path: str
) -> None:
    row = answered(unsure=True)
    session.commit()
    page = read(manager.get(path.format(id=row.id)))
    correct(session, row, UserFactory(), status="on_hold")
    session.commit()
    went = _confirm(manager, page, row)
    assert "omebody else changed" in read(manager.get(went)).text
    session.refresh(row)
    assert row.unsure


def test_confirming_needs_the_forms_token_and_real_words(
    desk: FlaskClient, client: FlaskClient, session: Session
) -> None:
    row = answered(unsure=True)
    session.commit()
    data = {"version": "1", "category": "plumbing", "priority": "medium"}
    address = f"/desk/requests/{row.id}/confirm"
    assert desk.post(address, data=data).status_code == 403
    token = {"csrf_token": csrf(desk)}
    assert desk.post(address, data=data | token | {"category": "x"}).status_code == 422
    session.refresh(row)
    assert row.unsure
