"""The connection to the database."""

import os
from collections.abc import Iterator

from sqlalchemy import create_engine
from sqlalchemy.orm import Session, sessionmaker

engine = create_engine(os.environ.get("DATABASE_URL", "postgresql+psycopg:///shop"), pool_pre_ping=True)
sessions = sessionmaker(engine)


def session() -> Iterator[Session]:
    """One session for each request."""
    with sessions() as session:
        yield session
