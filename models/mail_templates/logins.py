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


def write_password_changed(language: str, username: str) -> RenderedMail:
    """To the owner of an account, after its password was changed by whomever."""
    if language == "ko":
        return compose(
            "ko",
            subject="[하자] 비밀번호가 바뀌었습니다",
            opening=(
                "계정의 비밀번호가 바뀌었고, 열려 있던 다른 로그인은 모두 끝났습니다. 본인이 바꾸신 "
                "것이 아니라면 바로 관리자에게 알려 주세요."
            ),
            facts=[("계정", username)],
        )
    return compose(
        "en",
        subject="[Haja] Your password was changed",
        opening=(
            "The password of your account was changed, and all other logins have ended. If it was "
            "not you, tell your administrator at once."
        ),
        facts=[("Account", username)],
    )


def write_invitation(language: str, username: str, url: str) -> RenderedMail:
    """To somebody for whom an admin wants an account."""
    if language == "ko":
        return compose(
            "ko",
            subject="[하자] 계정으로 초대합니다",
            opening=(
                "시설 하자 접수 서비스의 담당자로 초대받으셨습니다. 아래 링크에서 이름과 비밀번호를 "
                "정해 주세요. 링크는 7일 동안 한 번만 쓸 수 있습니다. 모르시는 일이면 이 메일을 "
                "무시하셔도 됩니다."
            ),
            facts=[("사용자 이름", username)],
            link=("계정 만들기", f"{url}&lang=ko"),
        )
    return compose(
        "en",
        subject="[Haja] You are invited to an account",
        opening=(
            "You are invited to work on maintenance requests. Choose your name and password on the "
            "page of this link. It works once, within 7 days. If you do not know what this is "
            "about, ignore this mail."
        ),
        facts=[("Username", username)],
        link=("Make the account", f"{url}&lang=en"),
    )


def write_password_link(language: str, username: str, url: str) -> RenderedMail:
    """To the owner of an account, who may have forgotten the password."""
    if language == "ko":
        return compose(
            "ko",
            subject="[하자] 새 비밀번호 정하기",
            opening=(
                "이 계정의 새 비밀번호를 정하려는 요청을 받았습니다. 링크는 1시간 동안 한 번만 쓸 수 "
                "있습니다. 요청하신 적이 없다면 이 메일을 무시하세요. 비밀번호는 바뀌지 않습니다."
            ),
            facts=[("계정", username)],
            link=("새 비밀번호 정하기", f"{url}&lang=ko"),
        )
    return compose(
        "en",
        subject="[Haja] Choose a new password",
        opening=(
            "Somebody asked for a new password for this account. The link works once, within an "
            "hour. If it was not you, ignore this mail: the password stays as it is."
        ),
        facts=[("Account", username)],
        link=("Choose a new password", f"{url}&lang=en"),
    )
