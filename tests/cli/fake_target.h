#pragma once

// A server in memory: keeps what it was sent, replays known request ids, knows external keys, and
// refuses what the test tells it to.

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "cli/import/target.h"
#include "google/protobuf/message.h"

namespace daybook::cli {

struct SentCommand {
  std::string type;  // "CreateOpportunityRequest"
  std::shared_ptr<const google::protobuf::Message> request;

  // A top-level text field.
  std::string Text(const std::string& field) const;
  // header.effective_at as RFC 3339; empty: absent.
  std::string EffectiveAt() const;
};

class FakeTarget final : public ImportTarget {
 public:
  // Everything that was carried out, in order. Not while a stream is open.
  std::vector<SentCommand> carried_out;
  uint64_t replayed = 0;
  std::vector<rpc::v1::ExecuteOptions> options;
  std::vector<std::string> batch_ids;
  std::vector<ImportRunOutcome> finished_runs;
  std::map<std::string, std::vector<std::string>> finds;  // by filter
  std::string zone = "UTC";
  // A status other than OK refuses the command.
  std::function<absl::Status(const SentCommand&)> refuse;
  // After so many commands the connection breaks; with `lose_answers` before the answers to those
  // of the same message have come.
  std::optional<uint64_t> break_after;
  bool lose_answers = false;

  absl::StatusOr<Settings> GetSettings() override;
  absl::StatusOr<std::vector<std::string>> ResolveExternalKeys(
      const std::string& aggregate, const std::vector<std::string>& keys) override;
  absl::StatusOr<std::vector<std::string>> Find(const std::string& aggregate,
                                                const std::string& filter) override;
  std::unique_ptr<CommandStream> Execute(const std::string& batch_id) override;
  absl::Status WaitUntilSeen(uint64_t position) override { return absl::OkStatus(); }
  absl::StatusOr<KnownRun> FindRun(const ImportRunRecord& run) override;
  absl::StatusOr<std::string> StartRun(const ImportRunRecord& run) override;
  absl::Status FinishRun(const std::string& id, const ImportRunOutcome& outcome) override;

  // One command; called by the stream.
  rpc::v1::CommandResult Carry(const rpc::v1::Command& command, bool dry_run);

 private:
  std::map<std::string, std::string> bodies_;  // by request id
  std::map<std::string, std::string> ids_;     // by aggregate and external key
  std::map<std::string, ImportRunRecord> runs_;
  std::map<std::string, bool> finished_;
  uint64_t received_ = 0;
};

}  // namespace daybook::cli
