"""The blueprint that all pages share; each page's file adds its routes to it."""

from flask import Blueprint

bp = Blueprint("pages", __name__)
