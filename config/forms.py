"""How forms look everywhere: label, help, error and field by templates/parts/field.html.

The inputs themselves are Django's own, drawn from its Jinja templates: a desk's page has some forty
of them, and there they take a fifth of the time.
"""

from django.forms.renderers import Jinja2, TemplatesSetting

INPUTS = "django/forms/widgets/"


class HouseRenderer(TemplatesSetting):
    form_template_name = "parts/form.html"
    field_template_name = "parts/field.html"

    def __init__(self) -> None:
        self._inputs = Jinja2()

    def get_template(self, template_name: str):
        """Return a template: an input's from Django's Jinja set, all others from ours."""
        if template_name.startswith(INPUTS):
            return self._inputs.get_template(template_name)
        return super().get_template(template_name)
