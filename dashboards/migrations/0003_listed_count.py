"""The database counts how many dashboards the plain list of each project has.

Counting 100,000 rows takes longer than reading a page of them. A project has several counters, to
be added up, so that writers rarely wait for each other's. Rows that were there before, and any that
were written with triggers off, are in the counter -1, which `dashboards_recount_listed()` sets at
any time, beside the traffic: it reads rows and counters in one snapshot.
"""

from django.db import migrations

from posthog_lite.database.operations import RunSQLOnline

# What `dashboards.selectors.dashboards.list_dashboards` lists when it is not asked for anything.
LISTED = "NOT deleted AND creation_mode <> 'unlisted'"

TABLE = """
    CREATE TABLE IF NOT EXISTS dashboards_listed (
        project_id bigint NOT NULL,
        counter smallint NOT NULL,
        number bigint NOT NULL,
        PRIMARY KEY (project_id, counter)
    ) WITH (fillfactor = 50);
    COMMENT ON TABLE dashboards_listed IS
        'Their sum by project is how many dashboards its plain list has. Kept by triggers.';
"""

RECOUNT = f"""
    CREATE OR REPLACE FUNCTION dashboards_recount_listed() RETURNS void LANGUAGE sql SET search_path FROM CURRENT AS $$
        INSERT INTO dashboards_listed (project_id, counter, number)
        SELECT project_id, -1, sum(number) FROM (
            SELECT project_id, 1 AS number FROM dashboards_dashboard WHERE {LISTED}
            UNION ALL
            SELECT project_id, CASE WHEN counter >= 0 THEN -number ELSE 0 END FROM dashboards_listed
        ) AS changes
        GROUP BY project_id
        ON CONFLICT (project_id, counter) DO UPDATE SET number = EXCLUDED.number
    $$;
"""

COUNT = """
    CREATE OR REPLACE FUNCTION dashboards_count_{event}() RETURNS trigger LANGUAGE plpgsql
    SET search_path FROM CURRENT AS $$ BEGIN
        INSERT INTO dashboards_listed AS kept (project_id, counter, number)
        SELECT project_id, pg_backend_pid() % 16, sum(number) FROM ({changes}) AS changes
        GROUP BY project_id HAVING sum(number) <> 0 ORDER BY project_id
        ON CONFLICT (project_id, counter) DO UPDATE SET number = kept.number + EXCLUDED.number;
        RETURN NULL;
    END $$;
"""
TRIGGER = """
    CREATE OR REPLACE TRIGGER dashboards_count_{event} AFTER {event} ON dashboards_dashboard
    REFERENCING {tables} FOR EACH STATEMENT EXECUTE FUNCTION dashboards_count_{event}();
"""
FORGET = """
    CREATE OR REPLACE FUNCTION dashboards_forget_listed() RETURNS trigger LANGUAGE plpgsql
    SET search_path FROM CURRENT AS $$ BEGIN
        DELETE FROM dashboards_listed WHERE TG_OP = 'TRUNCATE' OR project_id = OLD.id;
        RETURN NULL;
    END $$;
"""
NEW = f"SELECT project_id, 1 AS number FROM new_rows WHERE {LISTED}"
OLD = f"SELECT project_id, -1 AS number FROM old_rows WHERE {LISTED}"
EVENTS = {
    "insert": (NEW, "NEW TABLE AS new_rows"),
    "delete": (OLD, "OLD TABLE AS old_rows"),
    "update": (f"{NEW} UNION ALL {OLD}", "NEW TABLE AS new_rows OLD TABLE AS old_rows"),
}


class Migration(migrations.Migration):
    atomic = False  # the tables are in use

    dependencies = [
        ('accounts', '0001_initial'),
        ('dashboards', '0002_list_indexes'),
    ]

    operations = [
        RunSQLOnline(
            TABLE
            + RECOUNT
            + FORGET
            + "".join(COUNT.format(event=event, changes=changes) for event, (changes, _) in EVENTS.items()),
            "DROP TABLE IF EXISTS dashboards_listed;"
            "DROP FUNCTION IF EXISTS dashboards_recount_listed, dashboards_forget_listed,"
            " dashboards_count_insert, dashboards_count_delete, dashboards_count_update;",
        ),
        RunSQLOnline(
            "CREATE OR REPLACE TRIGGER dashboards_forget_listed AFTER DELETE ON accounts_project"
            " FOR EACH ROW EXECUTE FUNCTION dashboards_forget_listed();",
            "DROP TRIGGER IF EXISTS dashboards_forget_listed ON accounts_project;",
        ),
        RunSQLOnline(
            "".join(TRIGGER.format(event=event, tables=tables) for event, (_, tables) in EVENTS.items())
            + "CREATE OR REPLACE TRIGGER dashboards_forget_listed AFTER TRUNCATE ON dashboards_dashboard"
            " FOR EACH STATEMENT EXECUTE FUNCTION dashboards_forget_listed();",
            "".join(f"DROP TRIGGER IF EXISTS dashboards_count_{event} ON dashboards_dashboard;" for event in EVENTS)
            + "DROP TRIGGER IF EXISTS dashboards_forget_listed ON dashboards_dashboard;",
        ),
        # Of those that were there before. Who writes from here on is counted by the triggers.
        RunSQLOnline("SELECT dashboards_recount_listed();", migrations.RunSQL.noop),
    ]
