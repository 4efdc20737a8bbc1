"""How forms look everywhere: label, help, error and field by templates/quick/parts/field.html.

Fields and inputs are drawn by Jinja (config/quick.py): a desk's page has some forty of them.
"""

from django.forms.renderers import TemplatesSetting
from django.template import engines

INPUTS = "django/forms/widgets/"


class HouseRenderer(TemplatesSetting):
    form_template_name = "parts/form.html"
    field_template_name = "parts/field.html"

    def get_template(self, template_name: str):
        """Return a template: fields and inputs from the quick set, all others from ours."""
        if template_name == self.field_template_name or template_name.startswith(INPUTS):
            return engines["quick"].get_template(template_name)
        return super().get_template(template_name)
