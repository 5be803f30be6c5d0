#pragma once
// Every bound of the system in one table. A config key overrides a bound where the comment names one.

#include <cstddef>
#include <cstdint>

namespace perennial::limits {

inline constexpr std::size_t json_depth = 64;                      ///< nesting of any JSON text
inline constexpr std::size_t http_body_bytes = 8u << 20;           ///< one request body (server.limits.body)
inline constexpr std::size_t http_header_bytes = 16u << 10;        ///< one request's header
inline constexpr std::size_t http_connections = 1024;              ///< open connections (server.limits.connections)
inline constexpr int http_idle_seconds = 60;                       ///< a connection without a request
inline constexpr std::size_t event_stream_clients = 64;            ///< open server-sent event streams
inline constexpr std::size_t instances_per_request = 10000;        ///< rows of one predict call
inline constexpr std::size_t labels_per_request = 10000;           ///< labels of one call
inline constexpr std::size_t config_bytes = 4u << 20;              ///< a config file
inline constexpr std::size_t models = 1000;                        ///< models of one server
inline constexpr std::size_t columns = 4096;                       ///< columns of a data file
inline constexpr std::size_t categories = 100000;                  ///< distinct values kept of one text column
inline constexpr std::size_t classes = 1000;                       ///< classes of a classification target
inline constexpr std::size_t name_bytes = 128;                     ///< model names, entity and prediction ids: 256
inline constexpr std::size_t id_bytes = 256;                       ///< entity keys and prediction ids
inline constexpr std::size_t examples_in_memory = 200000;          ///< joined examples kept per model
inline constexpr std::size_t pending_predictions = 1000000;        ///< predictions waiting for a label, per model
inline constexpr std::size_t entities_in_memory = 100000;          ///< entities with rolling state, per model
inline constexpr std::size_t rolling_window_rows = 10000;          ///< longest rolling window
inline constexpr std::size_t shadow_queue = 4096;                  ///< waiting shadow copies; then dropped and counted
inline constexpr std::size_t prediction_log_queue = 65536;         ///< waiting prediction records; then counted as lost
inline constexpr std::size_t segment_bytes = 64u << 20;            ///< one feedback segment before it is sealed
inline constexpr std::size_t trigger_events_per_tick = 256;        ///< external trigger events decided in one tick
inline constexpr std::size_t command_ids = 100000;                 ///< remembered ids of commands (idempotence)
inline constexpr std::size_t jobs_running = 1;                     ///< trainings at once, all models (train.jobs)
inline constexpr std::size_t job_attempts = 3;                     ///< tries of one training before it is failed
inline constexpr std::size_t alerts_queue = 1024;                  ///< alerts waiting for delivery
inline constexpr int alert_attempts = 5;                           ///< deliveries tried per alert
inline constexpr std::size_t warm_versions = 3;                    ///< earlier champions kept loaded (rollout.keep)
inline constexpr std::uint64_t trainer_memory_bytes = 4ull << 30;  ///< address space of one trainer child
inline constexpr std::size_t trainer_log_bytes = 1u << 20;         ///< of the child's output that is kept
inline constexpr std::size_t duckdb_memory_mib = 512;              ///< of one query
inline constexpr std::size_t expression_bytes = 512;               ///< text of a metric of the user's own
inline constexpr std::size_t expression_depth = 32;                ///< nesting of such an expression
inline constexpr int cron_search_years = 8;                        ///< how far a next firing is looked for

}  // namespace perennial::limits
