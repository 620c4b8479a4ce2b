"""The development inbox: readable, harmless, and not there in production."""

from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from config.settings import Settings
from launcher.inbox import keep_mail
from tests.web.pages.document import read

HTML = '<p>안녕</p><img src="cid:chart"><script>alert(1)</script>'


@pytest.fixture
def mail(tmp_path: Path, settings_with: Callable[..., Settings]) -> str:
    """The name of a kept mail."""
    settings_with(HAJA_DATA_DIR=str(tmp_path))
    message = EmailMessage()
    message["Subject"] = "접수되었습니다 <b>"
    message["From"] = "Haja <haja@localhost>"
    message["To"] = "kim@example.org"
    message.set_content("본문 http://localhost/r/AAAA <i>")
    message.add_alternative(HTML, subtype="html")
    (tmp_path / "inbox").mkdir()
    message.get_payload()[1].add_related(b"png", "image", "png", cid="<chart>")  # type: ignore[union-attr, index]
    return keep_mail(tmp_path / "inbox", message.as_bytes()).name


def test_mails_can_be_read(desk: FlaskClient, mail: str) -> None:
    page = read(desk.get("/dev/inbox"))
    assert "접수되었습니다 <b>" in page.text and "kim@example.org" in page.text
    page = read(desk.get(f"/dev/inbox/{mail}"))
    assert "본문 http://localhost/r/AAAA <i>" in page.text
    frame = page.one("iframe")
    assert "allow-scripts" not in frame["sandbox"] and "allow-same-origin" not in frame["sandbox"]
    answer = desk.get(frame["src"])
    assert "안녕" in answer.text and 'src="data:image/png;base64,' in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "sandbox" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("name", ["..%2f..%2fetc%2fpasswd", ".hidden.eml", "none.eml", "a.txt"])
def test_nothing_else_can_be_read(desk: FlaskClient, mail: str, name: str) -> None:
    assert desk.get(f"/dev/inbox/{name}").status_code == 404
    assert desk.get(f"/dev/inbox/{name}/html").status_code == 404


def test_a_broken_mail_is_shown_as_far_as_it_goes(desk: FlaskClient, mail: str) -> None:
    from config.settings import get_settings

    folder = get_settings().haja_data_dir / "inbox"
    for number, content in enumerate(
        (
            b"",
            b"\xff\xfe\x00",
            b"Content-Type: text/plain; charset=nonsense\n\n\xea\xb0",
            b"To: \xff\n",
        )
    ):
        (folder / f"broken-{number}.eml").write_bytes(content)
        read(desk.get(f"/dev/inbox/broken-{number}.eml"))
    read(desk.get("/dev/inbox"))


def test_strangers_are_sent_to_the_login(browser: FlaskClient, mail: str) -> None:
    for path in ("/dev/inbox", f"/dev/inbox/{mail}", f"/dev/inbox/{mail}/html"):
        assert browser.get(path).headers["Location"].startswith("/login")


def test_production_has_no_inbox(
    browser: FlaskClient, mail: str, settings_with: Callable[..., Settings]
) -> None:
    settings_with(
        HAJA_ENV="production",
        PUBLIC_URL="https://haja.example",
        SECRET_KEY="k3j4h5k2-b7v8c9x1-m4n6q8w2-z5t7r",
        JWT_SECRET_KEY="Vq3ZkT81mWc_0aYhL7xRn5-dGu2Jp9EsB6",
    )
    for path in ("/dev/inbox", f"/dev/inbox/{mail}", f"/dev/inbox/{mail}/html"):
        assert browser.get(path).status_code == 404
