-- 100,000 rows in each table that lists are read from: 50 projects with 2,000 rows each, and 2,000
-- members in each of 50 organizations. In the schema of the first release, so that the migrations
-- since have something to work on. Ids come in order, as indexes like it.
INSERT INTO accounts_organization (id, name, slug, created_at, updated_at,
    members_can_use_personal_api_keys, allow_publicly_shared_resources)
SELECT md5(n::text)::uuid, 'o' || n, 'o' || n, now(), now(), true, true
FROM generate_series(1, 50) n;
INSERT INTO accounts_project (id, uuid, name, api_token, timezone, is_demo, created_at, updated_at,
    organization_id)
SELECT n, lpad(to_hex(n), 32, '0')::uuid, 'p' || n, 'phc_' || n, 'UTC', false, now(), now(),
    md5((1 + (n - 1) % 50)::text)::uuid
FROM generate_series(1, 100000) n;
INSERT INTO accounts_user (id, password, is_superuser, uuid, distinct_id, email, first_name,
    last_name, is_staff, is_active, date_joined, current_organization_id, current_project_id)
SELECT n, '', false, lpad(to_hex(n), 32, '0')::uuid, 'd' || n, n || '@example.com', 'n' || n, '',
    false, true, now(), md5((1 + (n - 1) % 50)::text)::uuid, 1 + (n - 1) % 50
FROM generate_series(1, 100000) n;
INSERT INTO accounts_membership (id, level, joined_at, updated_at, user_id, organization_id)
SELECT lpad(to_hex(n), 32, '0')::uuid, 1, now(), now(), n, md5((1 + (n - 1) % 50)::text)::uuid
FROM generate_series(1, 100000) n;
INSERT INTO accounts_personalapikey (id, label, secure_value, mask_value, created_at, user_id,
    scopes, scoped_teams, scoped_organizations)
SELECT 'k' || n, 'l', 'sha256$' || md5(n::text), 'phx_...abcd', now(), n, '{*}', '{}', '{}'
FROM generate_series(1, 100000) n;
INSERT INTO dashboards_tag (id, name, project_id)
SELECT n, 't' || n / 50, 1 + n % 50 FROM generate_series(0, 99999) n;
INSERT INTO dashboards_dashboard (id, name, description, pinned, created_at, deleted,
    creation_mode, restriction_level, filters, variables, breakdown_colors, folder, created_by_id,
    project_id)
SELECT n, CASE WHEN n % 7 > 0 THEN 'Dashboard ' || n % 991 END, repeat('d', 60), n % 11 = 0,
    now() - n * interval '1 minute', n % 13 = 0,
    CASE n % 17 WHEN 0 THEN 'unlisted' WHEN 1 THEN 'template' WHEN 2 THEN 'duplicate'
        ELSE 'default' END, 21, '{}', '{}', '[]', '', 1 + n, 1 + n % 50
FROM generate_series(0, 99999) n;
INSERT INTO dashboards_insight (id, short_id, name, derived_name, description, query, filters,
    "order", deleted, favorited, saved, is_sample, created_at, updated_at, last_modified_at,
    folder, created_by_id, last_modified_by_id, project_id)
SELECT n, 's' || n, CASE WHEN n % 7 > 0 THEN 'Insight ' || n % 991 END, 'Derived ' || n % 89,
    repeat('d', 30), CASE WHEN n % 19 > 0 THEN jsonb_build_object('kind', 'InsightVizNode',
        'source', jsonb_build_object('kind', CASE n % 3 WHEN 0 THEN 'TrendsQuery'
        WHEN 1 THEN 'FunnelsQuery' ELSE 'PathsQuery' END, 'series', '[]'::jsonb)) END, '{}',
    CASE WHEN n % 3 > 0 THEN n % 101 END, n % 13 = 0, n % 23 = 0, n % 2 = 0, false,
    now() - n * interval '1 minute', now() - n * interval '1 second',
    now() - n * interval '1 second', '', 1 + n, 1 + n % 997, 1 + n % 50
FROM generate_series(0, 99999) n;
INSERT INTO dashboards_dashboard_tags (dashboard_id, tag_id)
SELECT n, n / 50 / 10 * 50 + n % 50 FROM generate_series(0, 99999) n;
INSERT INTO dashboards_insight_tags (insight_id, tag_id)
SELECT n, n / 50 / 10 * 50 + n % 50 FROM generate_series(0, 99999) n;
INSERT INTO dashboards_tile (layouts, deleted, deleted_with_dashboard, dashboard_id, insight_id,
    project_id)
SELECT '{}', n % 29 = 0, false, n / 50 / 10 * 50 + n % 50, n, 1 + n % 50
FROM generate_series(0, 99999) n;
INSERT INTO dashboards_dashboardview (viewed_at, dashboard_id, user_id, project_id)
SELECT now() - n * interval '1 minute', n, 1 + n, 1 + n % 50 FROM generate_series(0, 99999) n;
INSERT INTO dashboards_insightview (viewed_at, insight_id, user_id, project_id)
SELECT now() - n * interval '1 minute', n, 1 + n, 1 + n % 50 FROM generate_series(0, 99999) n;
INSERT INTO dashboards_dashboardcollaborator (id, level, added_at, updated_at, dashboard_id,
    user_id, project_id)
SELECT lpad(to_hex(n), 32, '0')::uuid, 37, now(), now(), n, 1 + n, 1 + n % 50
FROM generate_series(0, 99999) n;
INSERT INTO dashboards_insightvariable (id, name, type, code_name, is_multi, created_at, project_id)
SELECT lpad(to_hex(n), 32, '0')::uuid, 'v' || n, 'String', 'v' || n, false, now(), 1 + n % 50
FROM generate_series(0, 99999) n;
INSERT INTO dashboards_dashboardtemplate (id, template_name, dashboard_description,
    dashboard_filters, tags, tiles, deleted, created_at, scope, is_featured, project_id)
SELECT lpad(to_hex(n), 32, '0')::uuid, 'Template ' || n, '', '{}', '{}', '[]', n % 13 = 0, now(),
    CASE WHEN n % 1000 = 0 THEN 'global' ELSE 'team' END, n % 31 = 0,
    CASE WHEN n % 1000 > 0 THEN 1 + n % 50 END
FROM generate_series(0, 99999) n;
INSERT INTO themes_datacolortheme (name, colors, created_at, deleted, project_id)
SELECT 'Theme ' || n, '["#fff"]', now(), n % 13 = 0, CASE WHEN n % 10000 > 0 THEN 1 + n % 50 END
FROM generate_series(0, 99999) n;
INSERT INTO sharing_sharingconfiguration (id, created_at, enabled, access_token, password_required,
    dashboard_id, project_id)
SELECT n, now(), n % 2 = 0, 'share-token-' || n, n % 100 = 0, n, 1 + n % 50
FROM generate_series(0, 99999) n;
INSERT INTO sharing_sharepassword (id, password_hash, note, created_at, is_active, project_id,
    configuration_id)
SELECT n, '!', '', now(), true, 1 + n % 50, n FROM generate_series(0, 99999) n;
INSERT INTO sharing_shareattempt (token_suffix, address, attempted_at, success, password_note,
    dashboard_id, project_id, configuration_id)
SELECT 'abcdef', '10.0.0.' || n % 250, now() - n * interval '1 second', false, '', n, 1 + n % 50, n
FROM generate_series(0, 99999) n;

-- New rows come after these.
DO $$ DECLARE t text; BEGIN
  FOR t IN SELECT table_name FROM information_schema.columns
    WHERE column_name = 'id' AND is_identity = 'YES' AND table_schema = 'public' LOOP
    EXECUTE format('SELECT setval(pg_get_serial_sequence(%L, ''id''), 1000000)', t);
  END LOOP;
END $$;
