"""A mail's HTML made fit for the frame: its own pictures inside it, its links in a new tab."""

from base64 import b64encode
from email.message import EmailMessage


def safe_html(mail: EmailMessage, html: str) -> str:
    """``html`` with ``cid:`` pictures as data addresses; what it may do is the policy's matter."""
    for part in mail.walk():
        cid = str(part.get("Content-ID", "")).strip("<> ")
        content = part.get_payload(decode=True)
        if cid and isinstance(content, bytes) and part.get_content_maintype() == "image":
            data = f"data:{part.get_content_type()};base64,{b64encode(content).decode()}"
            html = html.replace(f"cid:{cid}", data)
    return f'<base target="_blank">{html}'
