"""Mails about an account."""

from models.mail_templates.frame import RenderedMail, compose


def write_login_warning(language: str, username: str, failures: int, network: str) -> RenderedMail:
    """To the owner of an account: ``failures`` wrong passwords came within an hour, the last one
    from ``network``. Has nothing in it that a stranger could choose."""
    if language == "ko":
        return compose(
            "ko",
            subject="[하자] 계정에 틀린 비밀번호가 여러 번 입력되었습니다",
            opening=(
                "누군가 계정에 틀린 비밀번호를 여러 번 입력했습니다. 비밀번호는 바뀌지 않았고, "
                "전에 쓰시던 기기와 네트워크에서는 평소처럼 로그인하실 수 있습니다. 본인이 아니라면 "
                "관리자에게 알려 주세요. 같은 일이 이어져도 하루 동안은 다시 알리지 않습니다."
            ),
            facts=[("계정", username), ("횟수", str(failures)), ("마지막 주소", network)],
        )
    return compose(
        "en",
        subject="[Haja] Wrong passwords for your account",
        opening=(
            "Somebody has entered wrong passwords for your account. The password has not changed, "
            "and from devices and networks that you have used before you can log in as usual. If "
            "it was not you, tell your administrator. If it goes on, you are not told again for a "
            "day."
        ),
        facts=[("Account", username), ("Times", str(failures)), ("Last address", network)],
    )
