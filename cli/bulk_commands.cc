#include "cli/bulk_commands.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cli/client_status.h"
#include "cli/import/command_pipeline.h"
#include "cli/terminal.h"

namespace daybook::cli {
namespace {

using Requests = std::vector<std::unique_ptr<google::protobuf::Message>>;

void Take(const rpc::v1::CommandResult& result, std::vector<CommandOutcome>* outcomes) {
  if (result.index() >= outcomes->size()) return;
  CommandOutcome& outcome = (*outcomes)[result.index()];
  outcome.answered = true;
  outcome.status =
      result.code() == 0 ? absl::OkStatus() : FromStatusBytes(result.code(), result.status());
  outcome.events = result.receipt().events();
  outcome.response = result.response();
}

absl::Status SendUnanswered(ImportTarget& target, const rpc::v1::ExecuteOptions& options,
                            const Requests& requests, std::vector<CommandOutcome>* outcomes) {
  // Answers come on another thread, also while the rest is sent.
  std::vector<uint64_t> unanswered;
  for (uint64_t i = 0; i < requests.size(); ++i) {
    if (!(*outcomes)[i].answered) unanswered.push_back(i);
  }
  CommandPipeline pipeline(
      target.Execute(""), options,
      [outcomes](const rpc::v1::CommandResult& result) { Take(result, outcomes); });
  absl::Status sent;
  for (const uint64_t i : unanswered) {
    if (sent.ok()) sent = pipeline.Send(i, *requests[i]);
  }
  const absl::Status finished = pipeline.Finish();
  return finished.ok() ? sent : finished;
}

}  // namespace

absl::Status SendAll(ImportTarget& target, const rpc::v1::ExecuteOptions& options,
                     const Requests& requests, std::vector<CommandOutcome>* outcomes,
                     const BulkRetry& retry) {
  outcomes->assign(requests.size(), {});
  if (requests.empty()) return absl::OkStatus();
  absl::Status status;
  absl::Duration wait = retry.wait;
  for (int attempt = 1; attempt <= retry.attempts; ++attempt) {
    status = SendUnanswered(target, options, requests, outcomes);
    if (!absl::IsUnavailable(status) || attempt == retry.attempts) break;
    absl::SleepFor(wait);
    wait *= 2;
  }
  for (CommandOutcome& outcome : *outcomes) {
    if (!outcome.answered) outcome.status = status;
  }
  return status;
}

std::string ResultText(const CommandOutcome& outcome, absl::string_view done) {
  if (!outcome.answered) return "no answer; run it again";
  if (!outcome.status.ok()) return std::string(outcome.status.message());
  return outcome.events == 0 ? "already so" : std::string(done);
}

int64_t CountRefused(const std::vector<CommandOutcome>& outcomes) {
  return std::count_if(outcomes.begin(), outcomes.end(), [](const CommandOutcome& outcome) {
    return outcome.answered && !outcome.status.ok();
  });
}

std::string Tally(const std::vector<CommandOutcome>& outcomes, absl::string_view done) {
  int64_t changed = 0;
  int64_t unanswered = 0;
  for (const CommandOutcome& outcome : outcomes) {
    unanswered += outcome.answered ? 0 : 1;
    changed += outcome.answered && outcome.status.ok() && outcome.events > 0 ? 1 : 0;
  }
  const int64_t refused = CountRefused(outcomes);
  const int64_t already = static_cast<int64_t>(outcomes.size()) - unanswered - refused - changed;
  std::string text = absl::StrCat(Grouped(changed), " ", done);
  if (already > 0) absl::StrAppend(&text, ", ", Grouped(already), " already so");
  if (refused > 0) absl::StrAppend(&text, ", ", Grouped(refused), " refused");
  if (unanswered > 0) absl::StrAppend(&text, ", ", Grouped(unanswered), " without an answer");
  return text;
}

}  // namespace daybook::cli
