"""Binary data arrives as it was given."""

import pytest
from sqlalchemy import Connection

from models.binary import Bytes


@pytest.mark.parametrize("data", [b"", b"'", b"\\", bytes(range(256)) * 40])
def test_every_byte_arrives(connection: Connection, data: bytes) -> None:
    statement = "SELECT %s, (%s)[2]"
    one, second = connection.exec_driver_sql(
        statement, (Bytes(data), [Bytes(b"x"), Bytes(data)])
    ).one()
    assert (bytes(one), bytes(second)) == (data, data)
