"""A server that speaks OpenAI's fine-tuning API: files, jobs and their events.

It reads what is uploaded as strictly as the real one: each line a conversation, at least ten. A
job moves on by one step each time somebody asks for it.
"""

import json
from email import message_from_bytes
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from types import TracebackType
from typing import Any, Self

STEPS = 4
COURSE = ("validating_files", "queued", *("running",) * STEPS, "succeeded")
MIN_EXAMPLES = 10


class FineTuningServer:
    """Listens on a loopback port of its own.

    ``behaviour``: ok, or unauthorized, no_api, fails (the job does), busy (each call that asks for
    the job is refused ``refusals`` times first).
    """

    def __init__(self) -> None:
        self.behaviour = "ok"
        self.refusals = 2
        self.files: dict[str, bytes] = {}
        self.jobs: dict[str, dict[str, Any]] = {}
        self._lock = Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def keep_file(self, content: bytes) -> tuple[int, Any]:
        lines = content.decode().splitlines()
        roles = [[m["role"] for m in json.loads(line)["messages"]] for line in lines]
        if len(lines) < MIN_EXAMPLES or any(r != ["system", "user", "assistant"] for r in roles):
            return _error(400, "the file has fewer than 10 examples, or no conversations")
        with self._lock:
            name = f"file-{len(self.files) + 1}"
            self.files[name] = content
        return 200, {
            "id": name,
            "object": "file",
            "bytes": len(content),
            "created_at": 1,
            "filename": "labels.jsonl",
            "purpose": "fine-tune",
            "status": "processed",
        }

    def start_job(self, body: dict[str, Any]) -> tuple[int, Any]:
        if body["training_file"] not in self.files:
            return _error(404, "no such file")
        with self._lock:
            name = f"ftjob-{len(self.jobs) + 1}"
            self.jobs[name] = {"model": body["model"], "suffix": body["suffix"], "asked": 0}
        return 200, self._job(name)

    def show_job(self, name: str) -> tuple[int, Any]:
        if name not in self.jobs:
            return _error(404, f"no such job: {name}")
        if self.behaviour == "busy" and self.refusals:
            self.refusals -= 1
            return _error(503, "busy")
        with self._lock:
            job = self.jobs[name]
            job["asked"] = min(job["asked"] + 1, len(COURSE) - 1)
        return 200, self._job(name)

    def show_events(self, name: str) -> tuple[int, Any]:
        place = self.jobs[name]["asked"]
        events = [
            _event(number, f"Job is {status}") for number, status in enumerate(COURSE[: place + 1])
        ]
        events += [_metrics(step) for step in range(1, _steps_done(place) + 1)]
        return 200, {"object": "list", "data": events[::-1], "has_more": False}

    def _job(self, name: str) -> dict[str, Any]:
        job = self.jobs[name]
        status = COURSE[job["asked"]]
        if self.behaviour == "fails" and status == "running":
            status = "failed"
        ended = status == "succeeded"
        return {
            "id": name,
            "object": "fine_tuning.job",
            "created_at": 1,
            "model": job["model"],
            "status": status,
            "training_file": "file-1",
            "hyperparameters": {},
            "organization_id": "org",
            "result_files": [],
            "seed": 1,
            "fine_tuned_model": f"ft:{job['model']}:{job['suffix']}:1" if ended else None,
            "error": {"code": "bad", "message": "loss went away", "param": None}
            if status == "failed"
            else None,
        }


def _steps_done(place: int) -> int:
    return max(0, min(STEPS, place - COURSE.index("running") + 1))


def _event(number: int, message: str, **more: Any) -> dict[str, Any]:
    return {
        "id": f"ftevent-{number}",
        "object": "fine_tuning.job.event",
        "created_at": number,
        "level": "info",
        "message": message,
        "type": "message",
        **more,
    }


def _metrics(step: int) -> dict[str, Any]:
    data = {"step": step, "total_steps": STEPS, "train_loss": 0.5}
    return _event(100 + step, f"Step {step}/{STEPS}: training loss=0.5", type="metrics", data=data)


def _error(status: int, message: str) -> tuple[int, Any]:
    return status, {"error": {"message": message, "type": "test", "code": str(status)}}


def _handler_of(server: FineTuningServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self._refused():
                return
            if self.path == "/v1/files":
                self._reply(*server.keep_file(self._part("file", raw)))
            elif self.path == "/v1/fine_tuning/jobs":
                self._reply(*server.start_job(json.loads(raw)))
            else:
                self._reply(*_error(404, "no such address"))

        def do_GET(self) -> None:
            if self._refused():
                return
            path = self.path.partition("?")[0]
            name, _, rest = path.removeprefix("/v1/fine_tuning/jobs/").partition("/")
            self._reply(*(server.show_events(name) if rest else server.show_job(name)))

        def _refused(self) -> bool:
            if server.behaviour == "unauthorized":
                self._reply(*_error(401, "Incorrect API key provided"))
            elif server.behaviour == "no_api":
                self._reply(404, "<html>not here</html>")
            return server.behaviour in ("unauthorized", "no_api")

        def _part(self, name: str, raw: bytes) -> bytes:
            head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
            for part in message_from_bytes(head + raw, policy=HTTP).iter_parts():
                if part.get_param("name", header="content-disposition") == name:
                    content = part.get_payload(decode=True)
                    assert isinstance(content, bytes)
                    return content
            raise AssertionError(f"no part {name}")

        def _reply(self, status: int, body: Any) -> None:
            page = isinstance(body, str)
            content = body.encode() if page else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/html" if page else "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Quiet: the tests say what matters."""

    return Handler
