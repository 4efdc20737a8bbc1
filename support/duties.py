"""Who may decide, asked by PostgreSQL itself: no party, nobody twice, nobody about their own yes.

The same rules as in permissions.py, in plain SQL (trust.md T-08): they hold for whoever has the
application's role, whatever the code above does. Run by a migration; a change needs a new one.
"""

_PARTY = """
CREATE OR REPLACE FUNCTION support_is_party(ticket bigint, person bigint) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $guard$
    SELECT EXISTS (
        SELECT 1 FROM support_ticket t
        LEFT JOIN chargers_charger c ON c.id = t.charger_id
        LEFT JOIN chargers_installation i ON i.id = c.installation_id
        WHERE t.id = ticket AND (
            person IN (t.claimant_id, t.offered_by_id, i.board_id)
            OR EXISTS (SELECT 1 FROM support_ticket o WHERE o.charger_id = t.charger_id
                AND person IN (o.claimant_id, o.offered_by_id))
            OR EXISTS (SELECT 1 FROM chargers_tenure o
                WHERE o.charger_id = t.charger_id AND o.role = 'owner' AND o.person_id = person)
            OR EXISTS (SELECT 1 FROM accounts_firmmember m
                WHERE m.user_id = person AND m.ends_at IS NULL AND (
                    m.firm_id = i.firm_id
                    OR EXISTS (SELECT 1 FROM chargers_tenure s WHERE s.firm_id = m.firm_id
                        AND (s.charger_id = t.charger_id OR s.installation_id = i.id))))
        )
    )
$guard$;
"""

# Approved, rejected or judged it before the appeal: the appeal is for somebody else.
_BEFORE_APPEAL = """
CREATE OR REPLACE FUNCTION support_decided_before_appeal(ticket bigint, person bigint)
RETURNS boolean LANGUAGE sql STABLE SET search_path = public, pg_temp AS $guard$
    SELECT EXISTS (
        SELECT 1 FROM support_ticket t WHERE t.id = ticket AND (
            EXISTS (SELECT 1 FROM support_approval a
                WHERE a.ticket_id = t.id AND a.by_id = person AND a.at < t.appealed_at)
            OR EXISTS (SELECT 1 FROM support_decision d
                WHERE d.ticket_id = t.id AND d.by_id = person AND d.at < t.appealed_at)
        )
    )
$guard$;
"""

_APPROVAL = """
CREATE OR REPLACE FUNCTION support_approval_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $guard$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) - ARRAY['voided_at', 'void_reason', 'note']
            IS DISTINCT FROM to_jsonb(OLD) - ARRAY['voided_at', 'void_reason', 'note']
            OR (OLD.voided_at IS NOT NULL AND NEW.voided_at IS NULL)
        THEN
            RAISE EXCEPTION 'an approval is voided, and nothing else'
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF support_is_party(NEW.ticket_id, NEW.by_id) THEN
        RAISE EXCEPTION 'an approver is no party' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT 1 FROM support_ticket t
        WHERE t.id = NEW.ticket_id AND t.typed_by_id = NEW.by_id)
    THEN
        RAISE EXCEPTION 'who typed a request does not approve it'
            USING ERRCODE = 'check_violation';
    END IF;
    IF support_decided_before_appeal(NEW.ticket_id, NEW.by_id) THEN
        RAISE EXCEPTION 'an appeal is approved by someone who had not decided'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $guard$;
"""

_DECISION = """
CREATE OR REPLACE FUNCTION support_decider_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $guard$
BEGIN
    IF support_is_party(NEW.ticket_id, NEW.by_id) THEN
        RAISE EXCEPTION 'who decides is no party' USING ERRCODE = 'check_violation';
    END IF;
    IF support_decided_before_appeal(NEW.ticket_id, NEW.by_id) THEN
        RAISE EXCEPTION 'an appeal is decided by someone who had not decided'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.kind IN ('upheld', 'dismissed') AND EXISTS (
        SELECT 1 FROM support_approval a WHERE a.ticket_id = NEW.ticket_id AND a.by_id = NEW.by_id)
    THEN
        RAISE EXCEPTION 'a dispute is decided by someone who approved nothing in it'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $guard$;
"""

_VOTE = """
CREATE OR REPLACE FUNCTION support_vote_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $guard$
DECLARE
    contested support_contest%ROWTYPE;
BEGIN
    SELECT * INTO contested FROM support_contest c WHERE c.id = NEW.contest_id;
    IF contested.closed_at IS NOT NULL THEN
        RAISE EXCEPTION 'this contest is decided' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'UPDATE' AND (NEW.contest_id <> OLD.contest_id OR NEW.by_id <> OLD.by_id) THEN
        RAISE EXCEPTION 'a vote stays its voter''s' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.by_id = contested.by_id
        OR support_is_party(contested.ticket_id, NEW.by_id)
        OR EXISTS (SELECT 1 FROM support_approval a
            WHERE a.ticket_id = contested.ticket_id AND a.by_id = NEW.by_id)
        OR EXISTS (SELECT 1 FROM support_ticket t
            WHERE t.id = contested.ticket_id AND t.second_look_by_id = NEW.by_id)
    THEN
        RAISE EXCEPTION 'a contest is decided by people with no part in it'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $guard$;
"""

# Beside ticket_guard, which holds the machine: what a move needs of other people's rows.
_TICKET = """
CREATE OR REPLACE FUNCTION support_ticket_duties() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $guard$
BEGIN
    IF NEW.second_look_by_id IS DISTINCT FROM OLD.second_look_by_id
        AND NEW.second_look_by_id IS NOT NULL
        AND (support_is_party(NEW.id, NEW.second_look_by_id) OR EXISTS (
            SELECT 1 FROM support_approval a
            WHERE a.ticket_id = NEW.id AND a.by_id = NEW.second_look_by_id))
    THEN
        RAISE EXCEPTION 'a second look is somebody else''s' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state = 'contested' AND NEW.state IN ('completed', 'restored') AND (
        SELECT count(*) FROM support_contestvote v
        WHERE v.restore = (NEW.state = 'restored') AND v.contest_id = (
            SELECT c.id FROM support_contest c WHERE c.ticket_id = NEW.id
            ORDER BY c.opened_at DESC, c.id DESC LIMIT 1)) < 2
    THEN
        RAISE EXCEPTION 'two people who agree decide a contest' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $guard$;
"""

_TRIGGERS = """
DROP TRIGGER IF EXISTS approver_guard ON support_approval;
CREATE TRIGGER approver_guard BEFORE INSERT OR UPDATE ON support_approval
    FOR EACH ROW EXECUTE FUNCTION support_approval_guard();
DROP TRIGGER IF EXISTS decider_guard ON support_decision;
CREATE TRIGGER decider_guard BEFORE INSERT ON support_decision
    FOR EACH ROW EXECUTE FUNCTION support_decider_guard();
DROP TRIGGER IF EXISTS voter_guard ON support_contestvote;
CREATE TRIGGER voter_guard BEFORE INSERT OR UPDATE ON support_contestvote
    FOR EACH ROW EXECUTE FUNCTION support_vote_guard();
DROP TRIGGER IF EXISTS vote_stays ON support_contestvote;
CREATE TRIGGER vote_stays BEFORE DELETE OR TRUNCATE ON support_contestvote
    FOR EACH STATEMENT EXECUTE FUNCTION support_refuse();
DROP TRIGGER IF EXISTS ticket_duties ON support_ticket;
CREATE TRIGGER ticket_duties BEFORE UPDATE ON support_ticket
    FOR EACH ROW EXECUTE FUNCTION support_ticket_duties();
"""

# Who says that the maker's side was changed; its table came after the others.
_PROOF = """
CREATE OR REPLACE FUNCTION support_proof_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $guard$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.done_at IS NOT NULL
        AND to_jsonb(NEW) - ARRAY['file_key', 'erased_at']
            IS DISTINCT FROM to_jsonb(OLD) - ARRAY['file_key', 'erased_at']
    THEN
        RAISE EXCEPTION 'what is proved stays proved' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.done_by_id IS NOT NULL AND (TG_OP = 'INSERT' OR OLD.done_at IS NULL) AND (
        support_is_party(NEW.ticket_id, NEW.done_by_id) OR EXISTS (
            SELECT 1 FROM support_approval a
            WHERE a.ticket_id = NEW.ticket_id AND a.by_id = NEW.done_by_id))
    THEN
        RAISE EXCEPTION 'the maker''s side is proved by somebody who did not approve'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $guard$;
DROP TRIGGER IF EXISTS proof_guard ON support_closingstep;
CREATE TRIGGER proof_guard BEFORE INSERT OR UPDATE ON support_closingstep
    FOR EACH ROW EXECUTE FUNCTION support_proof_guard();
"""

# A planted forgery tells nobody anything and has no decision of its own; nothing becomes one.
_TRAINING = """
CREATE OR REPLACE FUNCTION support_training_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $guard$
BEGIN
    IF EXISTS (SELECT 1 FROM support_ticket t WHERE t.id = NEW.ticket_id AND t.is_training) THEN
        RAISE EXCEPTION 'a training ticket has no row in %', TG_TABLE_NAME
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $guard$;
CREATE OR REPLACE FUNCTION support_training_stays() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $guard$
BEGIN
    IF NEW.is_training <> OLD.is_training THEN
        RAISE EXCEPTION 'a training ticket is one from the beginning, and stays one'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $guard$;
DROP TRIGGER IF EXISTS training_stays ON support_ticket;
CREATE TRIGGER training_stays BEFORE UPDATE OF is_training ON support_ticket
    FOR EACH ROW EXECUTE FUNCTION support_training_stays();
"""
_TRAINING_TELLS_NOBODY = """
DROP TRIGGER IF EXISTS training_guard ON {table};
CREATE TRIGGER training_guard BEFORE INSERT OR UPDATE OF ticket_id ON {table}
    FOR EACH ROW EXECUTE FUNCTION support_training_guard();
"""
NOT_OF_TRAINING = ("notice", "letter", "approval", "decision", "link", "closingstep")


def sql() -> str:
    """Return the functions and triggers, safe to run again."""
    return "".join((_PARTY, _BEFORE_APPEAL, _APPROVAL, _DECISION, _VOTE, _TICKET, _TRIGGERS))


def proof_sql() -> str:
    """Return what guards the proof of the maker's side, safe to run again."""
    return _PROOF


def training_sql() -> str:
    """Return what keeps planted forgeries apart, safe to run again."""
    tables = (f"support_{name}" for name in NOT_OF_TRAINING)
    return _TRAINING + "".join(_TRAINING_TELLS_NOBODY.format(table=table) for table in tables)
