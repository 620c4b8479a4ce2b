"""The device that a call comes from, as far as it is known by its cookie."""

from flask import Response, current_app, g, request

from config.networks import network_of
from config.settings import get_settings
from models.services.access_tokens import cookie_name
from models.services.devices import (
    LIFETIME,
    Device,
    form_token,
    new_device,
    read_device,
    write_device,
)
from models.services.login_places import Place


def find_device() -> Device | None:
    """The device that the call's cookie names."""
    if "device" not in g:
        token = request.cookies.get(cookie_name(get_settings(), "device"), "")
        g.device = read_device(_secret(), token)
    device: Device | None = g.device
    return device


def place_of_caller() -> Place:
    """From where the call comes, for the waits after wrong passwords."""
    device = find_device()
    return Place(network_of(request.remote_addr), device.users if device else ())


def device_after_login(user_id: int) -> Device:
    """The call's device, or a new one, once this user has logged in with it."""
    g.device = (find_device() or new_device()).used_by(user_id)
    device: Device = g.device
    return device


def forms_token(device: Device, user_id: int) -> str:
    """What the user's forms on this device carry against forged ones."""
    return form_token(_secret(), device, user_id)


def remember_device(response: Response, device: Device) -> None:
    settings = get_settings()
    response.set_cookie(
        cookie_name(settings, "device"),
        write_device(_secret(), device),
        max_age=int(LIFETIME.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=settings.base_url.startswith("https://"),
    )


def _secret() -> str:
    secret: str = current_app.config["JWT_SECRET_KEY"]
    return secret
