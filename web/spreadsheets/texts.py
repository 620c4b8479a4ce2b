"""What reading a file says, in both languages; the errors of fields are in ``web/http/messages.py``."""

TEXTS: dict[str, dict[str, str]] = {
    "other_kind": {
        "ko": "{name}: .csv, .tsv, .txt, .jsonl 파일만 읽을 수 있습니다.",
        "en": "{name}: only .csv, .tsv, .txt and .jsonl can be read.",
    },
    "workbook": {
        "ko": "{name}: CSV가 아니라 엑셀 같은 프로그램의 통합 문서({ending})입니다. 그 프로그램에서 "
        "‘다른 이름으로 저장 → CSV UTF-8’로 저장한 파일을 주세요.",
        "en": "{name}: this is a workbook of a spreadsheet program ({ending}), no CSV. Save it there "
        "as ‘CSV UTF-8’ and import that file.",
    },
    "web_page": {
        "ko": "{name}: CSV가 아니라 웹 페이지(HTML)입니다. 엑셀에서 열어 ‘다른 이름으로 저장 → "
        "CSV UTF-8’로 저장한 파일을 주세요.",
        "en": "{name}: this is a web page (HTML), no CSV. Open it in a spreadsheet program, save it "
        "as ‘CSV UTF-8’ and import that file.",
    },
    "unknown_encoding": {
        "ko": "{encoding}: 모르는 인코딩이거나 이 파일에 맞지 않습니다(예: utf-8, cp949, utf-16).",
        "en": "{encoding}: this encoding is not known, or not that of the file (utf-8, cp949, "
        "utf-16, ...).",
    },
    "no_headings": {
        "ko": "처음 {lines}줄 안에 열 이름이 없습니다. description(또는 내용) 열이 있어야 합니다. "
        "첫 줄: {first}",
        "en": "none of the first {lines} lines names the columns, one of them description (or 내용); "
        "the first line has: {first}",
    },
    "two_columns": {
        "ko": "두 열이 같은 뜻입니다: {names}",
        "en": "two columns mean {names}",
    },
    "database_away": {
        "ko": "{error}: 이미 들어온 줄은 남아 있으니 같은 명령을 다시 실행하세요.",
        "en": "{error}: what was taken stays, so start the same again",
    },
    "refused_line": {"ko": "{number}번째 줄: {reason}", "en": "line {number}: {reason}"},
    "further_lines": {
        "ko": "... (나머지 거절된 줄은 보여 드리지 않습니다)",
        "en": "... (further refused lines are not printed)",
    },
    "progress": {"ko": "{share:4.0%}  {read}줄", "en": "{share:4.0%}  {read} lines"},
    "headings_below": {
        "ko": "열 이름은 {number}번째 줄에 있고, 그 위는 읽지 않았습니다.",
        "en": "the columns are named in line {number}; what stands above was not read",
    },
    "ignored_columns": {"ko": "무시한 열: {names}", "en": "ignored columns: {names}"},
    "done": {
        "ko": "{read}줄({encoding}): 새로 {new}, 이미 있음 {known}, 거절 {refused}",
        "en": "{read} lines ({encoding}): {new} new, {known} there before, {refused} refused",
    },
    "would_be_done": {
        "ko": "{read}줄({encoding}): 새로 들어올 것 {new}, 이미 있음 {known}, 거절될 것 {refused}",
        "en": "{read} lines ({encoding}): {new} would be new, {known} there before, {refused} would "
        "be refused",
    },
    "refused_file": {"ko": "거절된 줄: {errors}", "en": "refused lines: {errors}"},
}


def say(kind: str, language: str, **values: object) -> str:
    return TEXTS[kind][language].format_map(values)


class UnreadableFile(Exception):
    """Nothing in the file can be taken; ``kind`` is the text that says why."""

    def __init__(self, kind: str, **values: object) -> None:
        super().__init__(kind, values)
        self._kind = kind
        self._values = values

    def reason(self, language: str) -> str:
        return say(self._kind, language, **self._values)
