"""What PostgreSQL itself refuses in the records, whoever asks: plain SQL, safe to run again."""

_EVENTS = """
CREATE OR REPLACE FUNCTION records_event_refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a recorded event is never changed or removed (%)', TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE OR REPLACE FUNCTION records_event_follow_chain() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    last_number integer;
    last_hash text;
BEGIN
    SELECT number, hash INTO last_number, last_hash FROM records_event
        WHERE stream = NEW.stream ORDER BY number DESC LIMIT 1;
    IF NEW.number <> COALESCE(last_number, 0) + 1 THEN
        RAISE EXCEPTION 'event % of % does not follow number %',
            NEW.number, NEW.stream, COALESCE(last_number, 0) USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.previous <> COALESCE(last_hash, '') THEN
        RAISE EXCEPTION 'event % of % does not hold the hash of the one before',
            NEW.number, NEW.stream USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

DROP TRIGGER IF EXISTS records_event_refuse_change ON records_event;
CREATE TRIGGER records_event_refuse_change BEFORE UPDATE OR DELETE ON records_event
    FOR EACH ROW EXECUTE FUNCTION records_event_refuse_change();
DROP TRIGGER IF EXISTS records_event_refuse_truncate ON records_event;
CREATE TRIGGER records_event_refuse_truncate BEFORE TRUNCATE ON records_event
    FOR EACH STATEMENT EXECUTE FUNCTION records_event_refuse_change();
DROP TRIGGER IF EXISTS records_event_follow_chain ON records_event;
CREATE TRIGGER records_event_follow_chain BEFORE INSERT ON records_event
    FOR EACH ROW EXECUTE FUNCTION records_event_follow_chain();
"""

# Partitions belong to the owner, the daily task runs as the application: hence SECURITY DEFINER.
# Rows that came in before their month had a partition are moved out of the default one.
_ACCESS = """
CREATE TABLE IF NOT EXISTS records_access (
    at timestamptz NOT NULL,
    uid uuid NOT NULL,
    actor_id bigint,
    by_link varchar(40) NOT NULL,
    what varchar(40) NOT NULL,
    subject varchar(80) NOT NULL,
    PRIMARY KEY (at, uid)
) PARTITION BY RANGE (at);
CREATE TABLE IF NOT EXISTS records_access_default PARTITION OF records_access DEFAULT;
CREATE INDEX IF NOT EXISTS records_access_subject ON records_access (subject, at);
CREATE INDEX IF NOT EXISTS records_access_actor ON records_access (actor_id, at);

CREATE OR REPLACE FUNCTION records_make_access_partitions(first_day date, months integer)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    starts date := date_trunc('month', first_day)::date;
    ends date;
    name text;
    made integer := 0;
BEGIN
    FOR step IN 1 .. LEAST(months, 24) LOOP
        ends := (starts + interval '1 month')::date;
        name := 'records_access_' || to_char(starts, 'YYYY_MM');
        IF to_regclass(name) IS NULL THEN
            LOCK TABLE records_access IN ACCESS EXCLUSIVE MODE;
            EXECUTE format('CREATE TABLE %I (LIKE records_access INCLUDING ALL)', name);
            EXECUTE format(
                'WITH early AS (DELETE FROM records_access_default'
                ' WHERE at >= %L AND at < %L RETURNING *) INSERT INTO %I SELECT * FROM early',
                starts || ' 00:00+00', ends || ' 00:00+00', name);
            EXECUTE format(
                'ALTER TABLE records_access ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                name, starts || ' 00:00+00', ends || ' 00:00+00');
            made := made + 1;
        END IF;
        starts := ends;
    END LOOP;
    RETURN made;
END $$;

-- Whole months only, and never one that is younger than 35 months: nobody shortens the record.
CREATE OR REPLACE FUNCTION records_drop_access_before(first_kept date)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    ends date := date_trunc('month', first_kept)::date;
    month record;
    dropped integer := 0;
BEGIN
    IF ends > (SELECT clock_timestamp() + COALESCE(max("offset"), INTERVAL '0')
               FROM records_clockoffset) - interval '35 months' THEN
        RAISE EXCEPTION 'reads are kept for 35 months at least' USING ERRCODE = 'check_violation';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('records_access', 3));
    FOR month IN
        SELECT relname FROM pg_class JOIN pg_inherits ON inhrelid = oid
        WHERE inhparent = 'records_access'::regclass
            AND relname ~ '^records_access_[0-9]{4}_[0-9]{2}$'
            AND to_date(right(relname, 7), 'YYYY_MM') < ends
    LOOP
        EXECUTE format('DROP TABLE %I', month.relname);
        dropped := dropped + 1;
    END LOOP;
    DELETE FROM records_access_default WHERE at < ends::timestamp AT TIME ZONE 'UTC';
    RETURN dropped;
END $$;
"""

_CLOCK = """
INSERT INTO records_clockoffset (id, "offset") VALUES (1, INTERVAL '0') ON CONFLICT DO NOTHING;
"""


def sql() -> str:
    """Return the statements that make triggers, partitions and the clock's row; idempotent."""
    return _EVENTS + _ACCESS + _CLOCK
