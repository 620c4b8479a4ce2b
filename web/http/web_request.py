"""A call whose text is read by the encoding that it is in."""

import string
from functools import cached_property
from typing import Any
from urllib.parse import quote

from flask import Request
from werkzeug.datastructures import ImmutableMultiDict, MultiDict

from web.http.encodings import UNREADABLE, Unreadable, read_fields
from web.http.forms import FormParser, split_pairs


class WebRequest(Request):
    form_data_parser_class = FormParser

    def __init__(self, environ: Any, *rest: Any, **options: Any) -> None:
        query = environ.get("QUERY_STRING", "")
        if not query.isascii():
            # As browsers write it: Flask would fail over bytes that are no UTF-8.
            environ["QUERY_STRING"] = quote(query.encode("latin-1"), safe=string.printable)
        super().__init__(environ, *rest, **options)

    @cached_property
    def args(self) -> MultiDict[str, str]:
        """The parameters of the query. What cannot be read stays as it was sent, and ``UNREADABLE``
        names the first such: nothing that only looks for a token or a language fails over it."""
        fields = split_pairs(self.query_string)
        try:
            return ImmutableMultiDict(read_fields(fields))
        except Unreadable as error:
            self.environ[UNREADABLE] = error.field
            return ImmutableMultiDict(
                (one.name, one.value.decode(errors="werkzeug.url_quote")) for one in fields
            )
