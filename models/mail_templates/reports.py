"""Mails with a daily or weekly report."""

from typing import Any

from models.mail_templates.frame import RenderedMail, compose
from models.report import Report, ReportKind
from models.words import label

CHART = "chart"

_TITLES = {
    ("ko", ReportKind.DAILY): "일일 보고",
    ("ko", ReportKind.WEEKLY): "주간 보고",
    ("en", ReportKind.DAILY): "Daily report",
    ("en", ReportKind.WEEKLY): "Weekly report",
}


def write_report(report: Report, language: str, link: str) -> RenderedMail:
    """Requests received, completed and open, with the chart as a picture."""
    title = _TITLES[language, ReportKind(report.kind)]
    days = str(report.first_day)
    if report.last_day != report.first_day:
        days += f" ~ {report.last_day}"
    head, open_desk = ("하자", "통계 보기") if language == "ko" else ("Haja", "Open the dashboard")
    return compose(
        language,
        subject=f"[{head}] {title} {days}",
        opening=f"{title}: {days}",
        facts=_facts(report.numbers, language),
        link=(open_desk, link),
        picture=CHART if report.chart else "",
    )


def _facts(numbers: dict[str, Any], language: str) -> list[tuple[str, str]]:
    words = (
        ("접수", "완료", "현재 미완료", "평균 처리 시간(시간)")
        if language == "ko"
        else ("Received", "Completed", "Open now", "Mean hours to complete")
    )
    hours = numbers.get("hours_to_complete")
    facts = [
        (words[0], str(numbers.get("received", 0))),
        (words[1], str(numbers.get("completed", 0))),
        (words[2], str(numbers.get("open", 0))),
        (words[3], "-" if hours is None else f"{hours:.1f}"),
    ]
    for kind in ("category", "priority"):
        counts = numbers.get(f"by_{kind}", {})
        facts += [(label(kind, name, language), str(n)) for name, n in counts.items() if n]
    return facts
