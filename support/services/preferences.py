"""How members of the desk like their keys."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from support.desk_keys import ACTIONS, TAKEN
from support.models import DeskSettings
from support.permissions import is_desk


@transaction.atomic
def save_keys(*, by: User, keys_on: bool, keys: dict[str, str]) -> DeskSettings:
    """Keep which single key does what; one key for one action.

    Raises ValidationError by action for a key that is taken, used twice, or no single letter.
    """
    if not is_desk(by):
        raise PermissionDenied(_("These settings are for the desk."))
    chosen = {action.name: keys.get(action.name) or action.key for action in ACTIONS}
    wrong: dict[str, str] = {}
    for name, key in chosen.items():
        twice = [other for other, taken in chosen.items() if taken == key and other != name]
        if len(key) != 1 or key.isspace() or key in TAKEN:
            wrong[name] = _("Choose one letter or sign; numbers, + and - have their own use.")
        elif twice:
            wrong[name] = _("This key is used twice.")
    if wrong:
        raise ValidationError(wrong)
    settings, _made = DeskSettings.objects.update_or_create(
        user=by, defaults={"keys_on": keys_on, "keys": chosen}
    )
    return settings
