"""Sessions in PostgreSQL, as Django keeps them; one that is known is saved by one statement."""

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError


class SessionStore(db.SessionStore):
    """Django's, but for saving again: it would open and end a transaction for one UPDATE."""

    def save(self, must_create: bool = False) -> None:
        """Write the session. Raises UpdateError when it was ended meanwhile, as Django does."""
        if must_create or self.session_key is None:
            super().save(must_create)
            return
        row = self.create_model_instance(self._get_session())
        known = self.model.objects.filter(pk=row.session_key)
        if not known.update(session_data=row.session_data, expire_date=row.expire_date):
            raise UpdateError
