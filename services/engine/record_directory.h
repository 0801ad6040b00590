#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "services/engine/engine.h"
#include "services/engine/state_loader.h"

namespace daybook::services {

// What commands ask of the log beside their own record: single records, ids of set-up records,
// external keys, the organisation's settings. Answers come from the log, not from the views.
// Thread-safe.
class RecordDirectory {
 public:
  RecordDirectory(eventstore::EventStore& store, eventstore::KeyStore& keys, StateLoader& states)
      : store_(store), keys_(keys), states_(states) {}

  absl::StatusOr<std::shared_ptr<const google::protobuf::Message>> LoadRecord(
      absl::string_view aggregate, absl::string_view id);
  absl::StatusOr<std::string> ResolveExternalKey(absl::string_view aggregate,
                                                 absl::string_view key);
  absl::StatusOr<std::vector<std::string>> RecordIds(absl::string_view aggregate);
  CommandEngine::Settings GetSettings();

  // Told of every commit, so that what is kept here stays true.
  enum class Written { kCreated, kChanged };
  void NoteWritten(const eventstore::StreamId& stream, Written written);

 private:
  // What the views know of them, oldest first; returns up to where.
  eventstore::LogPosition ReadIds(absl::string_view aggregate, std::vector<std::string>* ids);

  eventstore::EventStore& store_;
  eventstore::KeyStore& keys_;
  StateLoader& states_;
  std::mutex mutex_;
  std::optional<CommandEngine::Settings> settings_;
  uint64_t settings_version_ = 0;  // raised whenever what was read before may be old
  // Few, asked for often, and only ever added to by commands that pass through the engine.
  absl::flat_hash_map<std::string, std::vector<std::string>> record_ids_;
};

}  // namespace daybook::services
