"""placeholder"""
def find_danger(text: str) -> str | None:
    return None
def advice(kind: str, language: str, phone: str) -> str:
    return ""
