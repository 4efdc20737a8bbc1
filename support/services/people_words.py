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
    "factors_reset": _("Your second factors were reset: set up a new one when you sign in next."),
    "first_administrator": _("You were named administrator, by hand, on the server."),
    "sessions_ended": _("You were signed out of every other browser."),
}
