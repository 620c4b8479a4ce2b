"""The dashboard."""

TEXTS = {
    "dashboard.title": {"ko": "현황", "en": "Dashboard"},
    "dashboard.total": {"ko": "전체 요청", "en": "All requests"},
    "dashboard.open": {"ko": "진행 중인 요청", "en": "Open"},
    "dashboard.today": {"ko": "오늘 접수", "en": "Received today"},
    "dashboard.hours": {"ko": "평균 완료 시간", "en": "Mean time to complete"},
    "dashboard.hours_value": {"ko": "{hours}시간", "en": "{hours} h"},
    "dashboard.no_hours": {"ko": "아직 없음", "en": "none yet"},
    "dashboard.by_category": {"ko": "분류별", "en": "By category"},
    "dashboard.by_priority": {"ko": "긴급도별", "en": "By priority"},
    "dashboard.by_status": {"ko": "상태별", "en": "By status"},
    "dashboard.by_day": {"ko": "날짜별, 최근 30일", "en": "By day, last 30 days"},
    "dashboard.name": {"ko": "이름", "en": "Name"},
    "dashboard.bar": {"ko": "막대", "en": "Bar"},
    "dashboard.count": {"ko": "건수", "en": "Requests"},
    "dashboard.day": {"ko": "날짜", "en": "Day"},
    "dashboard.as_table": {"ko": "표로 보기", "en": "As a table"},
    "dashboard.days_alt": {
        "ko": "최근 30일 동안 하루 접수 건수. 가장 많은 날은 {most}건.",
        "en": "Requests a day over the last 30 days. The most on one day: {most}.",
    },
    "dashboard.computed": {"ko": "{moment} 기준", "en": "As of {moment}"},
    "dashboard.flower": {"ko": "작업 현황(Flower)", "en": "Background work (Flower)"},
    "dashboard.flower_hint": {
        "ko": "Flower는 따로 로그인합니다.",
        "en": "Flower asks for its own login.",
    },
}
