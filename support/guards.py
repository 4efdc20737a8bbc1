"""What PostgreSQL itself refuses about tickets, whoever asks (design, "How a change happens").

Plain SQL, made from machine.TRANSITIONS and run by a migration. A change of the table needs a new
migration that runs ``sql()`` again; a test compares the database with this module.
"""

from support import machine

_TICKET = """
CREATE OR REPLACE FUNCTION support_ticket_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
DECLARE
    standing integer;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' OR NEW.version <> 0 THEN
            RAISE EXCEPTION 'a ticket starts as a draft' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.uid <> OLD.uid OR NEW.request_code <> OLD.request_code THEN
        RAISE EXCEPTION 'a ticket keeps its names' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.version = OLD.version AND NEW.state = OLD.state THEN
        RETURN NEW;
    END IF;
    IF NEW.version <> OLD.version + 1 THEN
        RAISE EXCEPTION 'a ticket''s version goes up by one, with its event'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM records_event e
        WHERE e.stream = 'ticket:' || NEW.uid::text AND e.number = NEW.version
            AND e.data ->> 'from' = OLD.state AND e.data ->> 'to' = NEW.state
    ) THEN
        RAISE EXCEPTION 'ticket % moves from % to % without its event',
            OLD.request_code, OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state = OLD.state THEN
        RETURN NEW;
    END IF;
    IF (OLD.state, NEW.state) NOT IN (VALUES {edges}) THEN
        RAISE EXCEPTION 'a ticket does not go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state = 'completed' AND OLD.state = 'approved' THEN
        SELECT count(*) INTO standing FROM support_approval a
            WHERE a.ticket_id = NEW.id AND a.voided_at IS NULL;
        IF NEW.tier IS NULL OR NEW.tier NOT IN (1, 2, 3, 4)
            OR (NEW.tier = 1 AND NOT NEW.by_owner)
            OR (NEW.tier IN (2, 3) AND NOT NEW.by_owner AND standing < 1)
            OR (NEW.tier = 3 AND standing < 1)
            OR (NEW.tier = 4 AND standing < 2)
        THEN
            RAISE EXCEPTION 'ticket % has not the approvals of its tier', OLD.request_code
                USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.tier > 1 AND NEW.decided_at < NEW.approved_at + INTERVAL '24 hours' THEN
            RAISE EXCEPTION 'ticket % is released before its wait is over', OLD.request_code
                USING ERRCODE = 'check_violation';
        END IF;
        IF EXISTS (SELECT 1 FROM chargers_hold h
            WHERE h.charger_id = NEW.charger_id AND h.lifted_at IS NULL)
        THEN
            RAISE EXCEPTION 'ticket % is released while its charger is held', OLD.request_code
                USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END $guard$;

CREATE OR REPLACE FUNCTION support_refuse() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
    RAISE EXCEPTION '% is not done to %', TG_OP, TG_TABLE_NAME USING ERRCODE = 'check_violation';
END $guard$;

CREATE OR REPLACE FUNCTION support_decision_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
    IF to_jsonb(NEW) - ARRAY['words', 'words_to_objector', 'note']
        IS DISTINCT FROM to_jsonb(OLD) - ARRAY['words', 'words_to_objector', 'note']
        OR NEW.words NOT IN ('', OLD.words)
        OR NEW.words_to_objector NOT IN ('', OLD.words_to_objector)
        OR NEW.note NOT IN ('', OLD.note)
    THEN
        RAISE EXCEPTION 'of a decision only the words may be erased'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $guard$;
"""

_KEPT = """
CREATE OR REPLACE FUNCTION support_policy_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
    IF OLD.published_at IS NOT NULL THEN
        RAISE EXCEPTION 'policy % is published: it does not change', OLD.version
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $guard$;

CREATE OR REPLACE FUNCTION support_duty_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
    IF OLD.ended_at IS NOT NULL THEN
        RAISE EXCEPTION 'duty % has ended: it does not change', OLD.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $guard$;
"""

_TRIGGERS = (
    ("support_ticket", "ticket_guard", "BEFORE INSERT OR UPDATE", "ROW", "support_ticket_guard"),
    ("support_ticket", "ticket_stays", "BEFORE DELETE OR TRUNCATE", "STATEMENT", "support_refuse"),
    (
        "support_approval",
        "approval_stays",
        "BEFORE DELETE OR TRUNCATE",
        "STATEMENT",
        "support_refuse",
    ),
    (
        "support_decision",
        "decision_stays",
        "BEFORE DELETE OR TRUNCATE",
        "STATEMENT",
        "support_refuse",
    ),
    ("support_decision", "decision_guard", "BEFORE UPDATE", "ROW", "support_decision_guard"),
)
# On tables that came after the first migration of the guards.
_KEPT_TRIGGERS = (
    ("support_policy", "policy_guard", "BEFORE UPDATE", "ROW", "support_policy_guard"),
    ("support_policy", "policy_stays", "BEFORE DELETE OR TRUNCATE", "STATEMENT", "support_refuse"),
    ("support_servicelevel", "duty_guard", "BEFORE UPDATE", "ROW", "support_duty_guard"),
)


def functions() -> str:
    """Return the functions of the guards, with today's edges of the machine."""
    edges = ", ".join(f"('{source}', '{target}')" for source, target in sorted(machine.edges()))
    return _TICKET.replace("{edges}", edges)


def sql() -> str:
    """Return the first guards, safe to run again."""
    return "\n".join([functions(), *_made(_TRIGGERS)])


def kept_sql() -> str:
    """Return what keeps published policies and ended duties as they are, safe to run again."""
    return "\n".join([_KEPT, *_made(_KEPT_TRIGGERS)])


def _made(triggers: tuple[tuple[str, str, str, str, str], ...]) -> list[str]:
    lines = []
    for table, name, when, each, function in triggers:
        lines.append(f"DROP TRIGGER IF EXISTS {name} ON {table};")
        on = f"{when} ON {table} FOR EACH {each}"
        lines.append(f"CREATE TRIGGER {name} {on} EXECUTE FUNCTION {function}();")
    return lines
