#pragma once

// The server as an import sees it. The gRPC form is in cli/grpc_target.cc; tests bring their own.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "daybook/rpc/v1/command_service.pb.h"

namespace daybook::cli {

// One call of CommandService.Execute. One thread may write while another reads.
class CommandStream {
 public:
  virtual ~CommandStream() = default;
  // False: the stream is broken, Finish says why.
  virtual bool Write(const rpc::v1::ExecuteRequest& request) = 0;
  virtual void WritesDone() = 0;
  // False: no more answers.
  virtual bool Read(rpc::v1::ExecuteResponse* response) = 0;
  virtual absl::Status Finish() = 0;
  // Ends the call from any thread.
  virtual void Cancel() = 0;
};

inline constexpr size_t kResolveKeysMax = 1000;

// What a run leaves in the log about itself.
struct ImportRunRecord {
  std::string plan_name;
  std::string plan_hash;  // 32 bytes
  uint64_t rows = 0;
  bool backfill = false;
};
struct ImportRunOutcome {
  uint64_t applied = 0;
  uint64_t unchanged = 0;
  uint64_t rejected = 0;
  uint64_t commands = 0;
};

class ImportTarget {
 public:
  struct Settings {
    absl::TimeZone zone;
    std::string currency;
  };

  virtual ~ImportTarget() = default;
  virtual absl::StatusOr<Settings> GetSettings() = 0;
  // One id for each key, empty where there is no such record. At most kResolveKeysMax keys.
  virtual absl::StatusOr<std::vector<std::string>> ResolveExternalKeys(
      const std::string& aggregate, const std::vector<std::string>& keys) = 0;
  // Ids of records that fit the filter; two are enough to know that it is not one.
  virtual absl::StatusOr<std::vector<std::string>> Find(const std::string& aggregate,
                                                        const std::string& filter) = 0;
  // `batch_id`: the import run, empty if none.
  virtual std::unique_ptr<CommandStream> Execute(const std::string& batch_id) = 0;

  // Returns once reads see everything up to the position.
  virtual absl::Status WaitUntilSeen(uint64_t position) = 0;

  // The run with this plan and these files: its id, and whether it came to its end. Empty id: there
  // is none.
  struct KnownRun {
    std::string id;
    bool finished = false;
  };
  virtual absl::StatusOr<KnownRun> FindRun(const ImportRunRecord& run) = 0;
  virtual absl::StatusOr<std::string> StartRun(const ImportRunRecord& run) = 0;
  virtual absl::Status FinishRun(const std::string& id, const ImportRunOutcome& outcome) = 0;
};

}  // namespace daybook::cli
