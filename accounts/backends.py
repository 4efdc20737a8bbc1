"""How a session finds its person. Signing in is accounts.sessions' work, not a backend's."""

from django.contrib.auth.backends import BaseBackend

from accounts.models import User


class PeopleBackend(BaseBackend):
    """Finds the person of a session; one who was disabled is nobody from the next request on."""

    def get_user(self, user_id: int) -> User | None:
        return User.objects.filter(pk=user_id, is_active=True).first()
