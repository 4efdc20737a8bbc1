"""What a mail says of each change of how a person signs in."""

from django.utils.translation import gettext_lazy as _

ACCOUNT_CHANGES = {
    "factor_added": _(
        "A way to prove that it is you was added: an authenticator app or a passkey."
    ),
    "factor_removed": _("An authenticator app or a passkey of yours was removed."),
    "recovery_codes_made": _("New recovery codes were made; the ones before no longer work."),
    "recovery_code_used": _("One of your recovery codes was used to sign in."),
    "password_changed": _("Your password was changed, and every other browser was signed out."),
    "sessions_ended": _("You were signed out of every other browser."),
}
