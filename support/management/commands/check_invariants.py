import json

from django.core.management.base import BaseCommand, CommandError

from support.invariants import check_all


class Command(BaseCommand):
    help = "Look for anything that must never be (I1 to I10) in the live database; changes nothing."

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="print one JSON object a rule")

    def handle(self, *args, **options):
        findings = check_all()
        for finding in findings:
            self._print(finding, as_json=options["json"])
        broken = [finding.name for finding in findings if not finding.holds]
        if broken:
            raise CommandError(f"{', '.join(broken)} broken: see the lines above.", returncode=1)

    def _print(self, finding, *, as_json: bool):
        if as_json:
            self.stdout.write(json.dumps(finding.__dict__ | {"holds": finding.holds}))
            return
        verdict = "holds" if finding.holds else f"BROKEN {len(finding.wrong)} times"
        self.stdout.write(
            f"{finding.name:4} {verdict:18} {finding.looked_at:>8} looked at  {finding.rule}"
        )
        for line in finding.wrong[:20]:
            self.stdout.write(f"       {line}")
        if len(finding.wrong) > 20:
            self.stdout.write(f"       and {len(finding.wrong) - 20} more")
