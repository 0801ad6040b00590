#pragma once

// One command for each of many records, over the command stream: account hand-over, lead return,
// process migrate.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cli/import/target.h"
#include "daybook/rpc/v1/command_service.pb.h"
#include "google/protobuf/message.h"

namespace daybook::cli {

// How often a run sends what has no answer because the connection broke, and how long it waits
// before; each time twice as long.
struct BulkRetry {
  int attempts = 4;
  absl::Duration wait = absl::Milliseconds(500);
};

// What became of one command.
struct CommandOutcome {
  bool answered = false;
  absl::Status status;  // a refusal; UNAVAILABLE where no answer came: it may have been carried out
  uint32_t events = 0;  // written, or to be written in a dry run; 0: it already was so
  std::string response;  // serialised; empty for refusals and for answers that came a second time
};

// Sends all requests and waits for their answers; one outcome for each, in their order. OK when all
// are answered, refusals included; otherwise why the connection broke the last time.
//
// REQUIRES: each request has a header with a fresh request id (SetNewHeader), so that every run
// that somebody starts is new, whatever was done before for the same records. Within the run what
// is unanswered is sent again with the same id, so that nothing is done twice. A run that broke off
// is started again: what was carried out is no longer listed, or already so.
absl::Status SendAll(ImportTarget& target, const rpc::v1::ExecuteOptions& options,
                     const std::vector<std::unique_ptr<google::protobuf::Message>>& requests,
                     std::vector<CommandOutcome>* outcomes, const BulkRetry& retry = {});

// For the table of results: the refusal, "already so", or `done`.
std::string ResultText(const CommandOutcome& outcome, absl::string_view done);

// How many of the outcomes are refusals of the server.
int64_t CountRefused(const std::vector<CommandOutcome>& outcomes);
// "3 handed over, 1 already so, 2 refused": `done` always, the others where there are any.
std::string Tally(const std::vector<CommandOutcome>& outcomes, absl::string_view done);

}  // namespace daybook::cli
