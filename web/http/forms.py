"""Forms as text, whatever encoding they came in: Werkzeug knows only UTF-8 and would put U+FFFD, or
percent signs, in the place of anything else."""

import sys
from collections.abc import Iterator
from io import BytesIO
from typing import IO, Any
from urllib.parse import parse_qsl

from werkzeug.datastructures import FileStorage, Headers, MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser, MultiPartParser
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import (
    BLANK_LINE_RE,
    Data,
    Epilogue,
    Event,
    Field,
    File,
    MultipartDecoder,
    NeedData,
)

from web.http.encodings import RawField, Unreadable, read_fields, read_name
from web.http.parsing import FORMS, field_problem

_AT_ONCE = 64 * 1024  # bytes
_SHOWN_NAME = 100

Forms = MultiDict[str, Any]


def split_pairs(data: bytes) -> list[RawField]:
    """The pairs of an urlencoded form or a query string, as their bytes."""
    # Latin-1 has a letter for each byte, so it gives the bytes back.
    pairs = parse_qsl(data.decode("latin-1"), keep_blank_values=True, encoding="latin-1")
    return [
        RawField(read_name(name.encode("latin-1")), value.encode("latin-1"))
        for name, value in pairs
    ]


class FormParser(FormDataParser):
    """Raises Problem (422) for a field in an encoding that is neither declared nor found."""

    def parse(
        self,
        stream: IO[bytes],
        mimetype: str,
        content_length: int | None,
        options: dict[str, str] | None = None,
    ) -> tuple[IO[bytes], Forms, Forms]:
        if mimetype not in FORMS:
            return super().parse(stream, mimetype, content_length, options)
        options = options or {}
        fields: list[RawField] = []
        files: list[tuple[str, FileStorage]] = []
        if mimetype == FORMS[0]:
            fields = split_pairs(stream.read())
        elif boundary := options.get("boundary", "").encode("ascii", "ignore"):
            parts = _Parts(
                self.stream_factory, self.max_form_memory_size, max_form_parts=self.max_form_parts
            )
            try:
                fields, files = parts.read(stream, boundary, content_length)
            except ValueError:  # torn: as if nothing had been filled in
                fields, files = [], []
        try:
            pairs = read_fields(fields, options.get("charset", ""))
        except Unreadable as error:
            raise field_problem(error.field[:_SHOWN_NAME], "encoding") from None
        return stream, self.cls(pairs), self.cls(files)


class _Parts(MultiPartParser):
    """The parts of a multipart form (RFC 7578), fields as their bytes."""

    def read(
        self, stream: IO[bytes], boundary: bytes, content_length: int | None
    ) -> tuple[list[RawField], list[tuple[str, FileStorage]]]:
        """Raises ValueError, RequestEntityTooLarge."""
        fields: list[RawField] = []
        files: list[tuple[str, FileStorage]] = []
        decoder = _Decoder(boundary, self.max_form_memory_size, max_parts=self.max_form_parts)
        for part, content in self._contents(_events(decoder, stream), content_length):
            if isinstance(part, Field):
                charset = _charset_of(part.headers)
                fields.append(RawField(part.name or "", content.read(), charset))
            else:
                file = FileStorage(content, part.filename, part.name, headers=part.headers)
                files.append((part.name, file))
        return fields, files

    def _contents(
        self, events: Iterator[Event], length: int | None
    ) -> Iterator[tuple[Field | File, IO[bytes]]]:
        """Each part and what it holds, from its beginning."""
        for part in events:
            if not isinstance(part, Field | File):
                continue
            content: IO[bytes] = BytesIO()
            limit = self.max_form_memory_size or sys.maxsize
            if isinstance(part, File):
                content, limit = self.start_file_streaming(part, length), sys.maxsize
            for data in events:
                if isinstance(data, Data):
                    content.write(data.data)
                    if content.tell() > limit:
                        raise RequestEntityTooLarge
                    if not data.more_data:
                        break
            content.seek(0)
            yield part, content


class _Decoder(MultipartDecoder):
    """Werkzeug's takes UTF-8 only for the names of fields and files."""

    def next_event(self) -> Event:
        try:
            return super().next_event()
        except UnicodeDecodeError:
            end = BLANK_LINE_RE.search(self.buffer)
            if end is None:
                raise
            head = bytes(self.buffer[: end.start()])
            self.buffer[: end.start()] = read_name(head).encode()
            return super().next_event()


def _events(decoder: MultipartDecoder, stream: IO[bytes]) -> Iterator[Event]:
    while True:
        data = stream.read(_AT_ONCE)
        decoder.receive_data(data or None)
        while not isinstance(event := decoder.next_event(), NeedData | Epilogue):
            yield _as_file(event) if isinstance(event, Field) else event
        if not data:
            return


def _as_file(field: Field) -> Field | File:
    """A picture without the name of a file (RFC 7578 has them as a recommendation) is one too."""
    if field.headers.get("Content-Type", "").lower().startswith("image/"):
        return File(name=field.name, filename=field.name, headers=field.headers)
    return field


def _charset_of(headers: Headers) -> str:
    return parse_options_header(headers.get("Content-Type"))[1].get("charset", "")
