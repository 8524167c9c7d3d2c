CREATE TABLE IF NOT EXISTS events (
    project_id Int64,
    uuid UUID,
    event LowCardinality(String),
    timestamp DateTime64(6, 'UTC'),
    distinct_id String,
    person_id UUID,
    properties String CODEC(ZSTD(3)),
    elements_chain String CODEC(ZSTD(3)),
    created_at DateTime64(6, 'UTC'),
    `$session_id` String,
    `$window_id` String,
    `$group_0` String,
    `$group_1` String,
    `$group_2` String,
    `$group_3` String,
    `$group_4` String,
    person_mode LowCardinality(String),
    INDEX by_uuid uuid TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = MergeTree()
PARTITION BY toYYYYMM(timestamp)
ORDER BY (project_id, toDate(timestamp), event, cityHash64(distinct_id), cityHash64(uuid))
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1,
    non_replicated_deduplication_window = 1000, non_replicated_deduplication_window = 1000
-- sharded by cityHash64(person_id)
