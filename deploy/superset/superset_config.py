"""Superset as docker-compose.yml runs it: secrets come from files, and whoever may not be asked is nobody."""

from pathlib import Path


def secret(name: str) -> str:
    return Path("/run/secrets", name).read_text(encoding="utf-8").strip()


SECRET_KEY = secret("superset_secret_key")
SQLALCHEMY_DATABASE_URI = (
    f"postgresql+psycopg2://superset:{secret('superset_database_password')}@postgres:5432/superset"
)
# Names of what it can be connected to, and no files of the container.
PREVENT_UNSAFE_DB_CONNECTIONS = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
AUTH_USER_REGISTRATION = False
PUBLIC_ROLE_LIKE = None
