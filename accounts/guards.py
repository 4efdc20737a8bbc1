"""What PostgreSQL refuses about power, whoever asks: plain SQL, run by a migration.

A part at the desk begins only by a change that one administrator proposed and another agreed to,
a day after that. The role that owns the tables is let through: with it the first administrators of
an installation are named, by hand, on the server.
"""

_NOW = """
CREATE OR REPLACE FUNCTION accounts_now() RETURNS timestamptz LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
    SELECT clock_timestamp() + COALESCE((SELECT "offset" FROM records_clockoffset), '0'::interval)
$$;

CREATE OR REPLACE FUNCTION accounts_is_administrator(who bigint) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT 1 FROM accounts_staffrole r JOIN accounts_user u ON u.id = r.user_id
        WHERE r.user_id = who AND r.role = 'administrator' AND u.is_active
            AND r.starts_at <= accounts_now() AND (r.ends_at IS NULL OR r.ends_at > accounts_now())
    )
$$;
"""

_POWER = """
CREATE OR REPLACE FUNCTION accounts_power_change_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.agreed_at IS NOT NULL OR NEW.cancelled_at IS NOT NULL OR NEW.done_at IS NOT NULL
            OR NOT accounts_is_administrator(NEW.proposed_by_id)
            OR abs(extract(epoch FROM NEW.proposed_at - accounts_now())) > 60
        THEN
            RAISE EXCEPTION 'a change of power is proposed by an administrator, now'
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.uid, NEW.kind, NEW.subject_id, NEW.role, NEW.proposed_by_id, NEW.proposed_at)
        IS DISTINCT FROM
        (OLD.uid, OLD.kind, OLD.subject_id, OLD.role, OLD.proposed_by_id, OLD.proposed_at)
        OR OLD.cancelled_at IS NOT NULL OR OLD.done_at IS NOT NULL
    THEN
        RAISE EXCEPTION 'a change of power stays what it was' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.agreed_at IS NOT NULL AND (NEW.agreed_by_id, NEW.agreed_at, NEW.due_at)
        IS DISTINCT FROM (OLD.agreed_by_id, OLD.agreed_at, OLD.due_at)
    THEN
        RAISE EXCEPTION 'a change of power is agreed to once' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.agreed_at IS NULL AND NEW.agreed_at IS NOT NULL AND (
        NOT accounts_is_administrator(NEW.agreed_by_id)
        OR abs(extract(epoch FROM NEW.agreed_at - accounts_now())) > 60)
    THEN
        RAISE EXCEPTION 'a change of power is agreed to by an administrator, now'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.done_at IS NOT NULL AND (OLD.due_at IS NULL OR OLD.due_at > accounts_now()) THEN
        RAISE EXCEPTION 'a change of power waits its day' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""

_ROLE = """
CREATE OR REPLACE FUNCTION accounts_staff_role_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE') THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) - 'ends_at' IS DISTINCT FROM to_jsonb(OLD) - 'ends_at'
            OR (OLD.ends_at IS NOT NULL AND (NEW.ends_at IS NULL OR NEW.ends_at > OLD.ends_at))
        THEN
            RAISE EXCEPTION 'a part at the desk only ends' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM accounts_powerchange c
        WHERE c.id = NEW.change_id AND c.kind = 'role' AND c.subject_id = NEW.user_id
            AND c.role = NEW.role AND c.agreed_at IS NOT NULL AND c.due_at <= accounts_now()
            AND c.cancelled_at IS NULL AND c.done_at IS NULL
    ) THEN
        RAISE EXCEPTION 'a part at the desk begins by an agreed change, a day after'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""

_FACTOR = """
CREATE OR REPLACE FUNCTION accounts_last_factor_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    -- What a person called it may be erased.
    IF to_jsonb(NEW) - 'name' = to_jsonb(OLD) - 'name' AND NEW.name = '' THEN
        RETURN NEW;
    END IF;
    IF OLD.ended_at IS NOT NULL OR NEW.user_id <> OLD.user_id THEN
        RAISE EXCEPTION 'a factor that was removed stays removed, and whose it was'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.ended_at IS NULL
        OR EXISTS (SELECT 1 FROM accounts_factor f
            WHERE f.user_id = NEW.user_id AND f.ended_at IS NULL AND f.id <> NEW.id)
        OR EXISTS (SELECT 1 FROM accounts_powerchange c
            WHERE c.kind = 'reset' AND c.subject_id = NEW.user_id AND c.agreed_at IS NOT NULL
                AND c.due_at <= accounts_now() AND c.cancelled_at IS NULL AND c.done_at IS NULL)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the last factor goes only by an agreed reset, a day after'
        USING ERRCODE = 'check_violation';
END $$;
"""

FUNCTIONS = (_NOW, _POWER, _ROLE, _FACTOR)
# name, table, when, function
TRIGGERS = (
    ("power_change_guard", "powerchange", "BEFORE INSERT OR UPDATE", "power_change_guard"),
    ("staff_role_guard", "staffrole", "BEFORE INSERT OR UPDATE", "staff_role_guard"),
    ("last_factor_guard", "factor", "BEFORE UPDATE OF ended_at, user_id", "last_factor_guard"),
)


def sql() -> str:
    """Return everything, safe to run again."""
    lines = list(FUNCTIONS)
    for name, table, moment, function in TRIGGERS:
        lines.append(f"DROP TRIGGER IF EXISTS {name} ON accounts_{table};")
        lines.append(
            f"CREATE TRIGGER {name} {moment} ON accounts_{table}"
            f" FOR EACH ROW EXECUTE FUNCTION accounts_{function}();"
        )
    return "\n".join(lines)
