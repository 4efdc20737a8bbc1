"""What PostgreSQL refuses whoever asks: plain SQL, run by a migration and compared by a test."""

# Nothing begins on a charger while a dispute, freeze or contest is open on it. The row lock makes
# this hold between two transactions as well: a hold and a grant of one charger wait for each other.
REFUSE_WHILE_HELD = """
CREATE OR REPLACE FUNCTION chargers_refuse_while_held() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM chargers_charger WHERE id = NEW.charger_id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT 1 FROM chargers_hold WHERE charger_id = NEW.charger_id AND lifted_at IS NULL
    ) THEN
        RAISE EXCEPTION '%: nothing begins while a hold is open', TG_TABLE_NAME
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""

REFUSE_SERVICE_WHILE_HELD = """
CREATE OR REPLACE FUNCTION chargers_refuse_service_while_held() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM chargers_charger
        WHERE id = NEW.charger_id OR installation_id = NEW.installation_id
        ORDER BY id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT 1 FROM chargers_hold h JOIN chargers_charger c ON c.id = h.charger_id
        WHERE h.lifted_at IS NULL
            AND (c.id = NEW.charger_id OR c.installation_id = NEW.installation_id)
    ) THEN
        RAISE EXCEPTION 'service access does not begin while a hold is open'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""

LOCK_CHARGER = """
CREATE OR REPLACE FUNCTION chargers_lock_charger() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM chargers_charger WHERE id = NEW.charger_id FOR NO KEY UPDATE;
    RETURN NEW;
END $$;
"""

# A period keeps who, what and since when; it may be ended or shortened, never opened again.
KEEP_PERIOD = """
CREATE OR REPLACE FUNCTION chargers_keep_period() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF to_jsonb(NEW) - ARRAY['ends_at', 'establishing_since', 'established_at', 'proof_awaited']
        IS DISTINCT FROM
        to_jsonb(OLD) - ARRAY['ends_at', 'establishing_since', 'established_at', 'proof_awaited']
    THEN
        RAISE EXCEPTION '%: only its end may change', TG_TABLE_NAME
            USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.ends_at IS NOT NULL AND (NEW.ends_at IS NULL OR NEW.ends_at > OLD.ends_at) THEN
        RAISE EXCEPTION '%: what has ended does not begin again', TG_TABLE_NAME
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""

# A share's name and address may be erased; its code, its time and its fate stay.
KEEP_SHARE = """
CREATE OR REPLACE FUNCTION chargers_keep_share() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF to_jsonb(NEW) - ARRAY['to_name', 'to_email', 'tries', 'opened_at', 'cancelled_at']
        IS DISTINCT FROM
        to_jsonb(OLD) - ARRAY['to_name', 'to_email', 'tries', 'opened_at', 'cancelled_at']
        OR NEW.tries < OLD.tries
        OR (OLD.opened_at IS NOT NULL AND NEW.opened_at IS DISTINCT FROM OLD.opened_at)
        OR (OLD.cancelled_at IS NOT NULL AND NEW.cancelled_at IS DISTINCT FROM OLD.cancelled_at)
    THEN
        RAISE EXCEPTION 'a share is opened or cancelled once and never changed'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""

# Of a look only the words of its job may be erased.
KEEP_REVEAL = """
CREATE OR REPLACE FUNCTION chargers_keep_reveal() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF to_jsonb(NEW) - 'job' IS DISTINCT FROM to_jsonb(OLD) - 'job' OR NEW.job <> '' THEN
        RAISE EXCEPTION '%: % is refused, it stays for ever', TG_TABLE_NAME, TG_OP
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""

GRANT_FITS_TENURE = """
CREATE OR REPLACE FUNCTION chargers_grant_fits_tenure() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM chargers_tenure t
        WHERE t.id = NEW.tenure_id AND t.role = 'owner'
            AND t.charger_id = NEW.charger_id AND t.person_id = NEW.person_id
    ) THEN
        RAISE EXCEPTION 'a grant belongs to the owner tenure of its person and charger'
            USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (
        SELECT 1 FROM chargers_charger c JOIN chargers_installation i ON i.id = c.installation_id
        WHERE c.id = NEW.charger_id AND i.kind = 'shared' AND i.board_id IS NULL
    ) THEN
        RAISE EXCEPTION 'a shared garage without a board gives no hand-over'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""

# Who speaks for a firm: by a proposal that it was told of 7 days ago and that an administrator, who
# did not make it, has agreed to in this transaction. The role that owns the tables is let through.
MEMBER_AGREED = """
CREATE OR REPLACE FUNCTION chargers_member_agreed() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE') THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) - 'ends_at' IS DISTINCT FROM to_jsonb(OLD) - 'ends_at'
            OR (OLD.ends_at IS NOT NULL AND (NEW.ends_at IS NULL OR NEW.ends_at > OLD.ends_at))
        THEN
            RAISE EXCEPTION 'a membership only ends' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM chargers_proposal p JOIN accounts_user u ON u.id = NEW.user_id
        WHERE p.kind = 'firm_member' AND p.firm_id = NEW.firm_id AND p.state = 'open'
            AND p.new ->> 'email' = u.email AND p.made_by_id IS NOT NULL
            AND p.agreed_by_id NOT IN (p.made_by_id, NEW.user_id)
            AND accounts_is_administrator(p.agreed_by_id)
            AND p.notice_at + interval '7 days' <= accounts_now()
    ) THEN
        RAISE EXCEPTION 'a membership begins by an agreed proposal, 7 days after the notice'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""

STAYS = """
CREATE OR REPLACE FUNCTION chargers_stays() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '%: % is refused, it stays for ever', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;
"""

FUNCTIONS = [
    REFUSE_WHILE_HELD,
    REFUSE_SERVICE_WHILE_HELD,
    LOCK_CHARGER,
    KEEP_PERIOD,
    KEEP_SHARE,
    KEEP_REVEAL,
    GRANT_FITS_TENURE,
    MEMBER_AGREED,
    STAYS,
]

# name, table, when, function
TRIGGERS = [
    ("grant_not_while_held", "grant", "BEFORE INSERT", "refuse_while_held"),
    ("share_not_while_held", "share", "BEFORE INSERT", "refuse_while_held"),
    ("hold_locks_charger", "hold", "BEFORE INSERT", "lock_charger"),
    ("grant_fits_tenure", "grant", "BEFORE INSERT", "grant_fits_tenure"),
    ("grant_keeps", "grant", "BEFORE UPDATE", "keep_period"),
    ("tenure_keeps", "tenure", "BEFORE UPDATE", "keep_period"),
    ("share_keeps", "share", "BEFORE UPDATE", "keep_share"),
    ("reveal_unchanged", "reveal", "BEFORE UPDATE", "keep_reveal"),
]
STAYING = ["reveal", "grant", "share", "tenure", "hold", "pin"]


def _trigger(name: str, table: str, moment: str, function: str, each: str, when: str = "") -> str:
    table = f"chargers_{table}"
    return (
        f"DROP TRIGGER IF EXISTS {name} ON {table};\n"
        f"CREATE TRIGGER {name} {moment} ON {table}"
        f" FOR EACH {each}{when} EXECUTE FUNCTION chargers_{function}();\n"
    )


def sql() -> str:
    """Return the SQL that makes every function and trigger; safe to run again."""
    parts = [*FUNCTIONS]
    parts += [_trigger(*trigger, each="ROW") for trigger in TRIGGERS]
    parts.append(
        _trigger(
            "service_not_while_held",
            "tenure",
            "BEFORE INSERT",
            "refuse_service_while_held",
            each="ROW",
            when=" WHEN (NEW.role = 'service_access')",
        )
    )
    parts.append(
        "DROP TRIGGER IF EXISTS member_agreed ON accounts_firmmember;\n"
        "CREATE TRIGGER member_agreed BEFORE INSERT OR UPDATE ON accounts_firmmember"
        " FOR EACH ROW EXECUTE FUNCTION chargers_member_agreed();\n"
    )
    for table in STAYING:
        parts.append(_trigger(f"{table}_stays", table, "BEFORE DELETE", "stays", each="ROW"))
        parts.append(
            _trigger(f"{table}_stays_whole", table, "BEFORE TRUNCATE", "stays", each="STATEMENT")
        )
    return "".join(parts)
