"""What end-to-end tests do again and again: submit, wait until it is through, read mails."""

from collections import Counter
from typing import Any
from uuid import uuid4

import psycopg2

from tests.e2e.http import Api
from tests.servers.smtp_server import Accepted, SmtpServer
from tests.servers.stack import Stack
from tests.waiting import wait_for


class House:
    def __init__(self, stack: Stack, smtp: SmtpServer, visitor: Api, operator: Api) -> None:
        self.stack = stack
        self.smtp = smtp
        self.visitor = visitor
        self.operator = operator

    def submit(self, description: str = "화장실에서 물이 새요", **words: str) -> dict[str, Any]:
        """A request of a requester with an address of their own."""
        address = f"{uuid4().hex[:12]}@example.org"
        body = {"description": description, "contact_info": address, **words}
        answer = self.visitor.send("POST", "/api/requests", body)
        assert answer.status == 201, answer.body
        request: dict[str, Any] = answer.json
        return request

    def see(self, request: dict[str, Any]) -> dict[str, Any]:
        answer = self.operator.get(f"/api/requests/{request['id']}")
        assert answer.status == 200, answer.body
        found: dict[str, Any] = answer.json
        return found

    def mails_to(self, address: str) -> list[Accepted]:
        return [mail for mail in list(self.smtp.accepted) if address in mail.recipients]

    def wait_until_through(self, *requests: dict[str, Any], seconds: float = 120) -> None:
        """Every run of these requests has ended well."""
        ids = [request["id"] for request in requests]
        wait_for(
            lambda: self.sql(
                """
                SELECT count(*) FILTER (WHERE event = 'request_submitted') = %s
                   AND NOT bool_or(EXISTS (SELECT 1 FROM steps s
                                           WHERE s.run_id = r.id AND s.state <> 'done'))
                FROM runs r
                WHERE r.event IN ('request_submitted', 'notice_due', 'receipt_due')
                  AND r.subject_id = ANY(%s)
                """,
                len(ids),
                ids,
            )[0][0],
            lambda: f"requests {ids} are through: {self.unfinished()}",
            seconds=seconds,
        )

    def unfinished(self) -> list[tuple[Any, ...]]:
        return self.sql(
            "SELECT run_id, position, task, state, claims, failures,"
            " left(last_error, 80) FROM steps"
            " WHERE state NOT IN ('done', 'blocked') LIMIT 20"
        )

    def receipts(self, *requests: dict[str, Any]) -> Counter[str]:
        """How many mails each requester has got."""
        return Counter(
            {
                request["reference"]: len(self.mails_to(request["contact_info"]))
                for request in requests
            }
        )

    def sql(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        connection = psycopg2.connect(self.stack.postgres.url)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(query, values)
                return cursor.fetchall()
        finally:
            connection.close()
