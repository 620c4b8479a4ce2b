"""The managers' page about triage, and the mark of requests that it is unsure about."""

TEXTS = {
    "menu.triage": {"ko": "분류 품질", "en": "Triage"},
    "triage.title": {"ko": "자동 분류 품질", "en": "How right triage is"},
    "triage.hint": {
        "ko": "자동 분류를 담당자의 최종 판단과 견줍니다. 담당자가 확인했거나 고쳤거나 분류를 그대로 두고 완료한 요청만 셉니다. 최근 {weeks}주.",
        "en": "What triage said against people's final word: requests that somebody confirmed, "
        "corrected, or completed as they were sorted. The last {weeks} weeks.",
    },
    "triage.judged": {"ko": "판단이 끝난 요청", "en": "Judged requests"},
    "triage.category_right": {"ko": "분류가 맞음", "en": "Right category"},
    "triage.priority_right": {"ko": "긴급도가 맞음", "en": "Right priority"},
    "triage.waiting": {"ko": "확인이 필요한 요청", "en": "Waiting for a look"},
    "triage.count": {"ko": "건수", "en": "Count"},
    "triage.right": {"ko": "정확도", "en": "Right"},
    "triage.none": {"ko": "아직 없음", "en": "none yet"},
    "triage.language.ko": {"ko": "한국어 요청", "en": "Korean requests"},
    "triage.language.en": {"ko": "영어 요청", "en": "English requests"},
    "triage.weeks_alt": {
        "ko": "주별 분류 정확도: {values}",
        "en": "Right category by week: {values}",
    },
    "triage.week_value": {"ko": "{day} 주 {share}({count}건)", "en": "{day} {share} of {count}"},
    "triage.week": {"ko": "주(월요일)", "en": "Week from"},
    "triage.by_week": {"ko": "주별", "en": "By week"},
    "triage.nothing_yet": {
        "ko": "이 기간에 판단이 끝난 요청이 없습니다.",
        "en": "No request was judged in these weeks.",
    },
    "triage.unsure": {"ko": "확인이 필요한 요청", "en": "Requests that triage is unsure about"},
    "triage.unsure_none": {
        "ko": "확인을 기다리는 요청이 없습니다.",
        "en": "None is waiting.",
    },
    "triage.unsure_all": {"ko": "모두 보기({count}건)", "en": "See all {count}"},
    "triage.sure": {"ko": "확신도 {share}", "en": "{share} sure"},
    "triage.corrected": {"ko": "담당자가 고친 분류", "en": "What people corrected"},
    "triage.corrected_none": {"ko": "고친 분류가 없습니다.", "en": "Nothing was corrected yet."},
    "triage.request": {"ko": "요청", "en": "Request"},
    "triage.from_to": {"ko": "변경 내용", "en": "From → to"},
    "triage.who": {"ko": "담당자", "en": "Who"},
    "triage.when": {"ko": "언제", "en": "When"},
    "triage.somebody": {"ko": "탈퇴한 담당자", "en": "somebody who left"},
    "triage.models": {"ko": "학습한 모델", "en": "Trained models"},
    "triage.models_none": {
        "ko": "기본으로 들어 있는 모델을 씁니다. 담당자의 판단이 쌓이면 다시 학습할 수 있습니다: {command}",
        "en": "The packaged model is in use. Once there are labels, train a new one: {command}",
    },
    "triage.model_active": {"ko": "사용 중", "en": "in use"},
    "triage.model_labels": {
        "ko": "담당자 판단 {count}건으로 학습",
        "en": "trained on {count} labels",
    },
    "triage.model_scores": {
        "ko": "시험 자료 정확도: 한국어 {ko}, 영어 {en}",
        "en": "on the test set: Korean {ko}, English {en}",
    },
    "unsure.mark": {"ko": "확인 필요", "en": "Unsure"},
    "unsure.filter": {"ko": "확인 필요만", "en": "Unsure only"},
    "unsure.confirm": {"ko": "분류 확인", "en": "Confirm"},
    "unsure.confirm_of": {
        "ko": "{reference} 분류 확인: {category}, {priority}",
        "en": "Confirm {reference}: {category}, {priority}",
    },
    "unsure.hint": {
        "ko": "자동 분류가 확실하지 않습니다. 맞으면 확인을 누르고, 틀리면 분류나 긴급도를 고쳐 저장해 주세요.",
        "en": "Triage is not sure about this one. Confirm it if it is right; if not, change "
        "category or priority and save.",
    },
}
