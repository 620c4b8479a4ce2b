"""Databases of a throw-away PostgreSQL, and what is in them."""

from urllib.parse import urlsplit

import psycopg2


def new_database(url: str, name: str, *, like: str = "template1") -> str:
    """The address of a new database; nobody may be connected to the one that it is ``like``."""
    address = urlsplit(url)
    own = address._replace(path=f"/{name}").geturl()
    connection = psycopg2.connect(address._replace(path="/postgres").geturl())
    connection.autocommit = True  # CREATE DATABASE wants no transaction
    try:
        with connection.cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{like}"')
    finally:
        connection.close()
    return own


def execute(url: str, statement: str) -> None:
    """Run one statement and commit it."""
    connection = psycopg2.connect(url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()


def count(url: str, query: str) -> int:
    """The one number that ``query`` returns."""
    connection = psycopg2.connect(url)
    try:
        with connection.cursor() as cursor:
            cursor.execute(query)
            row = cursor.fetchone()
    finally:
        connection.close()
    return int(row[0]) if row else 0
