"""What exists and who holds it, to look at. Sealed PINs and hashes of codes are not shown."""

from django.contrib import admin

from chargers import models


class LookedAt(admin.ModelAdmin):
    """Long tables are not counted, and keys of other rows are not offered as lists."""

    show_full_result_count = False


@admin.register(models.Installation)
class InstallationAdmin(LookedAt):
    list_display = ["uid", "vendor", "kind", "postal_code", "city", "country", "firm"]
    list_filter = ["vendor", "kind", "country"]
    search_fields = ["=external_id", "uid"]
    list_select_related = ["firm"]


@admin.register(models.Charger)
class ChargerAdmin(LookedAt):
    list_display = ["serial", "vendor", "model", "owner_state", "registered_at"]
    list_filter = ["vendor", "model", "owner_state"]
    search_fields = ["=serial", "=lookup_key", "uid"]


@admin.register(models.Tenure)
class TenureAdmin(LookedAt):
    list_display = ["uid", "role", "charger", "installation", "starts_at", "ends_at", "source"]
    list_filter = ["role"]
    search_fields = ["uid", "=charger__serial"]
    list_select_related = ["charger", "installation"]


@admin.register(models.Pin)
class PinAdmin(LookedAt):
    list_display = fields = ["charger", "key_id", "sealed_at"]
    list_select_related = ["charger"]


@admin.register(models.Grant)
class GrantAdmin(LookedAt):
    list_display = ["uid", "charger", "person", "origin", "starts_at", "ends_at"]
    search_fields = ["uid", "=charger__serial", "=origin"]
    list_select_related = ["charger", "person"]


@admin.register(models.Share)
class ShareAdmin(LookedAt):
    list_display = ["uid", "charger", "made_at", "expires_at", "opened_at", "cancelled_at"]
    list_select_related = ["charger"]
    exclude = ["code_hash"]


@admin.register(models.Reveal)
class RevealAdmin(LookedAt):
    list_display = ["uid", "charger", "person", "at", "job"]
    search_fields = ["=charger__serial"]
    list_select_related = ["charger", "person"]


@admin.register(models.Hold)
class HoldAdmin(LookedAt):
    list_display = ["uid", "charger", "kind", "placed_at", "lifted_at"]
    list_filter = ["kind"]
    list_select_related = ["charger"]


@admin.register(models.Proposal)
class ProposalAdmin(LookedAt):
    list_display = ["uid", "kind", "state", "made_at", "notice_at", "agreed_by", "closed_at"]
    list_filter = ["kind", "state"]
    list_select_related = ["agreed_by"]


@admin.register(models.ImportBatch)
class ImportBatchAdmin(LookedAt):
    list_display = ["file_name", "source", "state", "made_by", "made_at", "applied_at"]
    list_filter = ["state"]
    list_select_related = ["made_by"]
