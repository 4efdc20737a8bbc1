from django.contrib import admin

from accounts import models


@admin.register(models.User)
class UserAdmin(admin.ModelAdmin):
    list_display = ["uid", "email", "name", "is_active", "proved_at"]
    search_fields = ["email", "name", "uid"]
    exclude = ["password"]


@admin.register(models.StaffRole)
class StaffRoleAdmin(admin.ModelAdmin):
    list_display = ["user", "role", "starts_at", "ends_at"]
    list_filter = ["role"]
    list_select_related = ["user"]


@admin.register(models.InstallerFirm)
class InstallerFirmAdmin(admin.ModelAdmin):
    list_display = ["name", "email", "registered_at"]
    search_fields = ["name"]


@admin.register(models.FirmMember)
class FirmMemberAdmin(admin.ModelAdmin):
    list_display = ["firm", "user", "starts_at", "ends_at"]
    list_select_related = ["firm", "user"]
