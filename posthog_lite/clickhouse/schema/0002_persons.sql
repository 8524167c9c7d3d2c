CREATE TABLE IF NOT EXISTS persons (
    project_id Int64,
    id UUID,
    properties String CODEC(ZSTD(3)),
    created_at DateTime64(6, 'UTC'),
    is_identified UInt8,
    version UInt64,
    is_deleted UInt8
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (project_id, id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1,
    non_replicated_deduplication_window = 1000
-- sharded by cityHash64(id)
;
CREATE TABLE IF NOT EXISTS person_distinct_ids (
    project_id Int64,
    distinct_id String,
    person_id UUID,
    version UInt64,
    is_deleted UInt8
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (project_id, distinct_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1,
    non_replicated_deduplication_window = 1000
-- sharded by cityHash64(distinct_id)
;
CREATE TABLE IF NOT EXISTS person_overrides (
    project_id Int64,
    old_person_id UUID,
    person_id UUID,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (project_id, old_person_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1,
    non_replicated_deduplication_window = 1000
-- sharded by cityHash64(old_person_id)
;
CREATE TABLE IF NOT EXISTS groups (
    project_id Int64,
    group_type_index UInt8,
    group_key String,
    properties String CODEC(ZSTD(3)),
    created_at DateTime64(6, 'UTC'),
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (project_id, group_type_index, group_key)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1,
    non_replicated_deduplication_window = 1000
-- sharded by cityHash64(group_key)
