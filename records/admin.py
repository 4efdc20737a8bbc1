from django.contrib import admin

from records import models


@admin.register(models.Event)
class EventAdmin(admin.ModelAdmin):
    list_display = ["stream", "number", "kind", "at", "by_what"]
    search_fields = ["=stream"]
    show_full_result_count = False


@admin.register(models.OutboxRow)
class OutboxRowAdmin(admin.ModelAdmin):
    list_display = ["topic", "key", "due_at", "attempts", "done_at", "parked_at", "last_error"]
    list_filter = ["topic"]
    search_fields = ["=key"]
    show_full_result_count = False


@admin.register(models.ChainHead)
class ChainHeadAdmin(admin.ModelAdmin):
    list_display = ["day", "streams", "digest", "made_at"]
