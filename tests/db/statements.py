"""Statements that a test says to a server itself, past the product."""

from typing import Any

import psycopg2


def say(url: str, *statements: str) -> list[tuple[Any, ...]]:
    """The rows of the last statement; each of them is a transaction of its own."""
    connection = psycopg2.connect(url, connect_timeout=5)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()
