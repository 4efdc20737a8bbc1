"""Support's tables in the read-only admin. Nobody changes anything here: User.has_perm says so."""

from django.contrib import admin

from support import models


class QuietAdmin(admin.ModelAdmin):
    """Lists that stay fast: no counting of everything, links instead of long choices."""

    show_full_result_count = False
    list_per_page = 50


@admin.register(models.Ticket)
class TicketAdmin(QuietAdmin):
    list_display = ["request_code", "state", "kind", "outcome", "tier", "country", "next_word_at"]
    list_filter = ["state", "kind", "outcome", "tier"]
    search_fields = ["=request_code", "=lookup_key"]


@admin.register(models.EvidenceItem)
class EvidenceItemAdmin(QuietAdmin):
    list_display = ["uid", "ticket", "kind", "state", "decided_by", "decided_at"]
    list_filter = ["kind", "state"]
    list_select_related = ["ticket", "decided_by"]


@admin.register(models.Answer)
class AnswerAdmin(QuietAdmin):
    list_display = ["uid", "charger", "kind", "as_board", "at", "void_at", "needs_confirmation"]
    list_filter = ["kind"]
    list_select_related = ["charger"]


@admin.register(models.FirmAnswer)
class FirmAnswerAdmin(QuietAdmin):
    list_display = ["uid", "ticket", "firm", "installed_here", "at", "void_at"]
    list_select_related = ["ticket", "firm"]


@admin.register(models.Approval)
class ApprovalAdmin(QuietAdmin):
    list_display = ["uid", "ticket", "by", "at", "voided_at", "void_reason"]
    list_select_related = ["ticket", "by"]


@admin.register(models.Decision)
class DecisionAdmin(QuietAdmin):
    list_display = ["ticket", "kind", "by", "at", "reason"]
    list_filter = ["kind"]
    list_select_related = ["ticket", "by"]


@admin.register(models.Dispute)
class DisputeAdmin(QuietAdmin):
    list_display = ["uid", "charger", "opened_at", "closed_at"]
    list_select_related = ["charger"]


@admin.register(models.Freeze)
class FreezeAdmin(QuietAdmin):
    list_display = ["uid", "charger", "ticket", "opened_at", "reviewed_at", "lifted_at"]
    list_select_related = ["charger", "ticket"]


@admin.register(models.Contest)
class ContestAdmin(QuietAdmin):
    list_display = ["uid", "ticket", "opened_at", "closed_at", "restored"]
    list_select_related = ["ticket"]


@admin.register(models.Link)
class LinkAdmin(QuietAdmin):
    list_display = ["uid", "purpose", "charger", "made_at", "expires_at", "revoked_at"]
    list_filter = ["purpose"]
    list_select_related = ["charger"]


@admin.register(models.Notice)
class NoticeAdmin(QuietAdmin):
    list_display = ["uid", "kind", "ticket", "made_at", "accepted_at", "failed_at", "bounced_at"]
    list_filter = ["kind"]
    list_select_related = ["ticket"]


@admin.register(models.Letter)
class LetterAdmin(QuietAdmin):
    list_display = ["uid", "to", "ticket", "made_at", "printed_at", "entered_at", "stopped_at"]
    list_select_related = ["ticket"]


@admin.register(models.Deadline)
class DeadlineAdmin(QuietAdmin):
    list_display = ["ticket", "kind", "number", "due_at", "done_at"]
    list_filter = ["kind"]
    list_select_related = ["ticket"]


@admin.register(models.Policy)
class PolicyAdmin(QuietAdmin):
    list_display = ["version", "author", "made_at", "published_at"]
    list_select_related = ["author"]
