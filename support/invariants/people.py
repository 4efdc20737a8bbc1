"""Who holds a charger, who approved, who looked: I1, I3, I5."""

from support.invariants.finding import Finding


def one_holder() -> Finding:
    """I1: at every instant at most one current owner and at most one open grant per charger."""
    finding = Finding("I1", "one owner and one grant per charger at every instant")
    finding.look(
        "chargers_tenure WHERE role = 'owner'",
        """
        SELECT 'charger ' || a.charger_id || ' has two owners: tenures ' || a.id || ' and ' || b.id
        FROM chargers_tenure a JOIN chargers_tenure b
            ON a.charger_id = b.charger_id AND a.id < b.id
        WHERE a.role = 'owner' AND b.role = 'owner'
            AND tstzrange(a.starts_at, a.ends_at) && tstzrange(b.starts_at, b.ends_at)
        """,
    )
    return finding.look(
        "chargers_grant",
        """
        SELECT 'charger ' || a.charger_id || ' has two grants: ' || a.id || ' and ' || b.id
        FROM chargers_grant a JOIN chargers_grant b
            ON a.charger_id = b.charger_id AND a.id < b.id
        WHERE tstzrange(a.starts_at, a.ends_at) && tstzrange(b.starts_at, b.ends_at)
        UNION ALL
        SELECT 'grant ' || g.id || ' is open although its tenure ended'
        FROM chargers_grant g JOIN chargers_tenure t ON t.id = g.tenure_id
        WHERE t.ends_at IS NOT NULL AND (g.ends_at IS NULL OR g.ends_at > t.ends_at)
        UNION ALL
        SELECT 'grant ' || g.id || ' is not its owner''s'
        FROM chargers_grant g JOIN chargers_tenure t ON t.id = g.tenure_id
        WHERE t.role <> 'owner' OR t.charger_id <> g.charger_id OR t.person_id <> g.person_id
            OR g.starts_at < t.starts_at
        """,
    )


def approvers() -> Finding:
    """I3: approver is no party, the second is not the first, void approvals do not count."""
    finding = Finding("I3", "approvals by no party, by different people, standing at release")
    finding.look("support_approval", _PARTIES)
    finding.look("support_ticket WHERE state IN ('completed', 'contested', 'restored')", _TOO_FEW)
    return finding.look("support_contest", _CONTESTS)


_PARTIES = """
    SELECT 'approval ' || a.id || ' is by a party of ticket ' || t.request_code
    FROM support_approval a JOIN support_ticket t ON t.id = a.ticket_id
    LEFT JOIN chargers_charger c ON c.id = t.charger_id
    LEFT JOIN chargers_installation i ON i.id = c.installation_id
    WHERE a.by_id IN (t.claimant_id, t.offered_by_id, i.board_id)
        OR EXISTS (SELECT 1 FROM chargers_tenure o WHERE o.charger_id = t.charger_id
            AND o.role = 'owner' AND o.person_id = a.by_id AND o.starts_at <= a.at)
        OR EXISTS (SELECT 1 FROM accounts_firmmember m WHERE m.user_id = a.by_id
            AND m.firm_id = i.firm_id AND m.starts_at <= a.at
            AND (m.ends_at IS NULL OR m.ends_at > a.at))
    UNION ALL
    SELECT 'ticket ' || t.request_code || ' has two standing approvals of person ' || a.by_id
    FROM support_approval a JOIN support_ticket t ON t.id = a.ticket_id
    WHERE a.voided_at IS NULL GROUP BY t.request_code, a.by_id HAVING count(*) > 1
"""
_TOO_FEW = """
    SELECT 'ticket ' || t.request_code || ' was released with ' || s.standing
        || ' standing approvals at tier ' || coalesce(t.tier::text, 'none')
    FROM support_ticket t CROSS JOIN LATERAL (
        SELECT count(DISTINCT a.by_id) AS standing FROM support_approval a
        WHERE a.ticket_id = t.id AND a.voided_at IS NULL AND a.at <= t.decided_at) s
    WHERE t.state IN ('completed', 'contested', 'restored') AND (
        t.tier IS NULL OR t.tier > 4 OR t.decided_at IS NULL
        OR (t.by_owner AND t.tier > 2)
        OR (NOT t.by_owner AND t.tier IN (2, 3) AND s.standing < 1)
        OR (t.tier = 4 AND s.standing < 2)
        OR (t.tier = 1 AND NOT t.by_owner)
        OR (t.by_owner AND t.offered_by_id IS NULL AND NOT EXISTS (
            SELECT 1 FROM support_answer w WHERE w.ticket_id = t.id AND w.kind = 'named'
                AND w.code_proved AND w.at <= t.decided_at)))
    UNION ALL
    SELECT 'ticket ' || t.request_code || ' was released within a day of its approval'
    FROM support_ticket t WHERE t.state IN ('completed', 'contested', 'restored')
        AND t.tier > 1 AND t.decided_at < t.approved_at + INTERVAL '24 hours'
    UNION ALL
    SELECT 'ticket ' || t.request_code || ' was looked at again by its own approver'
    FROM support_ticket t JOIN support_approval a
        ON a.ticket_id = t.id AND a.by_id = t.second_look_by_id
    UNION ALL
    SELECT 'ticket ' || t.request_code || ' was proved at the maker''s side by its own approver'
    FROM support_ticket t JOIN support_closingstep c ON c.ticket_id = t.id
    JOIN support_approval a ON a.ticket_id = t.id AND a.by_id = c.done_by_id
"""
_CONTESTS = """
    SELECT 'contest ' || x.id || ' was decided by ' || v.agreed || ' people'
    FROM support_contest x CROSS JOIN LATERAL (
        SELECT count(DISTINCT o.by_id) AS agreed FROM support_contestvote o
        WHERE o.contest_id = x.id AND o.restore = x.restored) v
    WHERE x.closed_at IS NOT NULL AND v.agreed < 2
    UNION ALL
    SELECT 'vote ' || o.id || ' is by someone who approved or contested the hand-over'
    FROM support_contestvote o JOIN support_contest x ON x.id = o.contest_id
    WHERE o.by_id = x.by_id OR EXISTS (SELECT 1 FROM support_approval a
        WHERE a.ticket_id = x.ticket_id AND a.by_id = o.by_id)
"""


def reveals_in_a_right() -> Finding:
    """I5: every reveal lies inside a right of that person, and has its event."""
    finding = Finding("I5", "every look at a PIN inside a right, with its event")
    finding.look("chargers_reveal", _OUTSIDE)
    return finding.look("records_event WHERE kind = 'pin_revealed'", _UNRECORDED)


_OUTSIDE = """
    SELECT 'reveal ' || r.id || ' lies outside its right'
    FROM chargers_reveal r
    LEFT JOIN chargers_tenure t ON t.id = r.tenure_id
    LEFT JOIN chargers_grant g ON g.id = r.grant_id
    LEFT JOIN chargers_share s ON s.id = r.share_id
    WHERE (t.id IS NOT NULL AND (r.at < t.starts_at OR r.at >= t.ends_at
            OR t.role = 'charging_user'
            OR (t.charger_id IS NOT NULL AND t.charger_id <> r.charger_id)
            OR (t.person_id IS NOT NULL AND t.person_id IS DISTINCT FROM r.person_id)
            OR (t.firm_id IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM accounts_firmmember m WHERE m.firm_id = t.firm_id
                    AND m.user_id = r.person_id AND m.starts_at <= r.at
                    AND (m.ends_at IS NULL OR m.ends_at > r.at)))))
        OR (g.id IS NOT NULL AND (r.at < g.starts_at OR r.at >= g.ends_at
            OR g.charger_id <> r.charger_id OR g.person_id IS DISTINCT FROM r.person_id))
        OR (s.id IS NOT NULL AND (s.opened_at IS NULL OR r.at < s.opened_at
            OR r.at >= s.expires_at OR s.charger_id <> r.charger_id))
        OR (t.id IS NULL AND g.id IS NULL AND s.id IS NULL)
    UNION ALL
    SELECT 'reveal ' || r.id || ' lies under ' || h.kind || ' ' || h.id
    FROM chargers_reveal r JOIN chargers_hold h ON h.charger_id = r.charger_id
        AND h.placed_at <= r.at AND (h.lifted_at IS NULL OR r.at < h.lifted_at)
    LEFT JOIN chargers_tenure t ON t.id = r.tenure_id
    WHERE h.kind = 'contest' OR r.share_id IS NOT NULL OR t.role = 'service_access'
    UNION ALL
    SELECT 'share ' || r.share_id || ' was opened ' || count(*) || ' times'
    FROM chargers_reveal r WHERE r.share_id IS NOT NULL GROUP BY r.share_id HAVING count(*) > 1
"""
_UNRECORDED = """
    SELECT 'reveal ' || r.id || ' has no event'
    FROM chargers_reveal r JOIN chargers_charger c ON c.id = r.charger_id
    WHERE NOT EXISTS (SELECT 1 FROM records_event e WHERE e.stream = 'charger:' || c.uid::text
        AND e.kind = 'pin_revealed' AND e.data ->> 'reveal' = r.uid::text)
    UNION ALL
    SELECT e.stream || ': event ' || e.number || ' tells of a look that is not there'
    FROM records_event e WHERE e.kind = 'pin_revealed' AND NOT EXISTS (
        SELECT 1 FROM chargers_reveal r WHERE r.uid::text = e.data ->> 'reveal')
"""
