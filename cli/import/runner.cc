#include "cli/import/runner.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "cli/client_status.h"
#include "cli/import/command_pipeline.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"

namespace daybook::cli {
namespace {

constexpr uint64_t kProgressEvery = 256;

// Refusals that would meet every later command too.
bool EndsImport(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kCancelled:
      return true;
    case absl::StatusCode::kResourceExhausted:
      return ReasonOf(status) != rpc::v1::REASON_LIMIT_EXCEEDED;
    default:
      // Nothing at all is written until an operator has seen to it.
      return ReasonOf(status) == rpc::v1::REASON_CLOCK_OUT_OF_BOUNDS;
  }
}

// Takes the answers and turns them into verdicts. Answers come on another thread than the rows are
// sent from.
class Sender {
 public:
  Sender(Survey& survey, const RunOptions& options) : survey_(survey), options_(options) {}

  absl::Status Send(ImportTarget& target, const std::string& batch_id) {
    rpc::v1::ExecuteOptions execute;
    execute.set_backfill(options_.stamping == Stamping::kBackfill);
    execute.set_dry_run(options_.mode == RunMode::kDry);
    execute.set_receipts_only(true);
    CommandPipeline pipeline(target.Execute(batch_id), execute,
                             [this](const rpc::v1::CommandResult& result) { Take(result); });
    absl::Status status = SendAll(&pipeline);
    if (stop_) {
      pipeline.Cancel();
      return fatal_;
    }
    const absl::Status finished = pipeline.Finish();
    if (stop_) return fatal_;
    return status.ok() || !finished.ok() ? finished : status;
  }

  uint64_t position() const { return position_; }
  uint64_t commands() const { return commands_; }
  uint64_t replayed() const { return replayed_; }

 private:
  absl::Status SendAll(CommandPipeline* pipeline) {
    const auto& slots = survey_.slots();
    for (uint64_t i = 0; i < slots.size() && !stop_; ++i) {
      if (options_.progress && i % kProgressEvery == 0) {
        options_.progress("sending", i, slots.size());
      }
      DAYBOOK_RETURN_IF_ERROR(SendSlot(i, slots[i], pipeline));
    }
    return absl::OkStatus();
  }

  absl::Status SendSlot(uint64_t index, const Slot& slot, CommandPipeline* pipeline) {
    RowEntry& entry = survey_.rows()[slot.row];
    const google::protobuf::Message* request = nullptr;
    {
      // Building looks at the verdicts of rows that this one refers to.
      const std::lock_guard<std::mutex> lock(mutex_);
      if (entry.verdict == Verdict::kRejected || entry.verdict == Verdict::kDiffers) {
        return absl::OkStatus();
      }
      DAYBOOK_ASSIGN_OR_RETURN(const Fields fields, survey_.ReadRow(entry));
      const auto built = Build(slot, entry, fields);
      if (!built.ok()) {
        Reject("INVALID_VALUE", std::string(built.status().message()), &entry);
        return absl::OkStatus();
      }
      request = *built;
    }
    return pipeline->Send(index, *request);
  }

  absl::StatusOr<const google::protobuf::Message*> Build(const Slot& slot, const RowEntry& entry,
                                                         Fields fields) {
    const RecordPlan& record = survey_.plan().records[entry.record];
    RowNotes notes;
    std::string key;
    if (slot.step == 0) {
      DAYBOOK_ASSIGN_OR_RETURN(key, survey_.builder().Key(record, fields));
    }
    return survey_.builder().Build(record, record.steps[slot.step], fields, entry.id, key,
                                   survey_.TimeOf(slot), &notes);
  }

  void Take(const rpc::v1::CommandResult& result) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (result.index() >= survey_.slots().size()) return;
    const Slot& slot = survey_.slots()[result.index()];
    RowEntry& entry = survey_.rows()[slot.row];
    if (result.code() != 0) {
      Refuse(FromStatusBytes(result.code(), result.status()), slot, &entry);
      return;
    }
    position_ = std::max(position_, result.receipt().position());
    const bool changed = !result.replayed() && result.receipt().events() > 0;
    changed ? ++commands_ : ++replayed_;
    if (entry.verdict == Verdict::kRejected || entry.verdict == Verdict::kDiffers) return;
    if (changed && slot.step == 0) {
      entry.verdict = Verdict::kCreated;
    } else if (changed && entry.verdict != Verdict::kCreated) {
      entry.verdict = Verdict::kApplied;
    } else if (entry.verdict == Verdict::kPending) {
      entry.verdict = Verdict::kUnchanged;
    }
  }

  void Refuse(const absl::Status& status, const Slot& slot, RowEntry* entry) {
    const Reason reason = ReasonOf(status);
    // Without a single command carried out, a closed backfill is closed for all of them.
    const bool closed = reason == rpc::v1::REASON_BACKFILL_CLOSED && commands_ + replayed_ == 0;
    if (EndsImport(status) || closed) {
      if (!stop_) fatal_ = status;
      stop_ = true;
      return;
    }
    if (entry->verdict == Verdict::kRejected || entry->verdict == Verdict::kDiffers) return;
    const StepPlan& step = survey_.plan().records[entry->record].steps[slot.step];
    const bool differs = reason == rpc::v1::REASON_IDEMPOTENCY_MISMATCH;
    if (differs) {
      Reject(
          ReasonName(reason),
          absl::StrCat("step ", step.name, " differs from what was imported before; not changed"),
          entry);
      entry->verdict = Verdict::kDiffers;
    } else {
      Reject(ReasonName(reason), absl::StrCat("step ", step.name, ": ", status.message()), entry);
    }
  }

  void Reject(absl::string_view reason, std::string message, RowEntry* entry) {
    if (entry->verdict == Verdict::kCreated || entry->verdict == Verdict::kApplied) {
      absl::StrAppend(&message, " (earlier steps of the row were carried out)");
    }
    entry->verdict = Verdict::kRejected;
    entry->reason = survey_.messages().Intern(std::string(reason));
    entry->message = survey_.messages().Intern(message);
  }

  Survey& survey_;
  const RunOptions& options_;
  std::mutex mutex_;  // rows, messages and counters, from the first command to the last answer
  uint64_t position_ = 0;
  uint64_t commands_ = 0;
  uint64_t replayed_ = 0;
  std::atomic<bool> stop_ = false;
  absl::Status fatal_;
};

RunSummary SumUp(Survey& survey) {
  RunSummary summary;
  for (const auto& record : survey.plan().records) {
    summary.records.emplace_back().record = record.name;
  }
  std::vector<uint64_t> assumed(survey.plan().assumptions.size());
  for (const auto& row : survey.rows()) {
    for (RecordCounts* counts : {&summary.records[row.record], &summary.total}) {
      ++counts->rows;
      ++counts->by_verdict[static_cast<size_t>(row.verdict)];
    }
    for (size_t i = 0; i < assumed.size(); ++i) assumed[i] += row.assumptions >> i & 1;
  }
  for (size_t i = 0; i < assumed.size(); ++i) {
    if (assumed[i] > 0) summary.assumptions.emplace_back(survey.plan().assumptions[i], assumed[i]);
  }
  summary.repeats = survey.repeats();
  return summary;
}

ImportRunOutcome OutcomeOf(const RunSummary& summary) {
  ImportRunOutcome outcome;
  outcome.applied = summary.total.of(Verdict::kCreated) + summary.total.of(Verdict::kApplied);
  outcome.unchanged = summary.total.of(Verdict::kUnchanged) + summary.total.of(Verdict::kSkipped);
  outcome.rejected = summary.total.of(Verdict::kRejected) + summary.total.of(Verdict::kDiffers);
  outcome.commands = summary.commands + summary.replayed;
  return outcome;
}

// Notes the run in the log, unless it is the repetition of one that came to its end and changes
// nothing.
class RunNote {
 public:
  RunNote(ImportTarget& target, ImportRunRecord record)
      : target_(target), record_(std::move(record)) {}

  absl::Status Begin() {
    DAYBOOK_ASSIGN_OR_RETURN(known_, target_.FindRun(record_));
    if (!known_.id.empty()) return absl::OkStatus();
    DAYBOOK_ASSIGN_OR_RETURN(known_.id, target_.StartRun(record_));
    return absl::OkStatus();
  }
  const std::string& id() const { return known_.id; }

  absl::Status End(const RunSummary& summary) {
    if (known_.finished) {
      if (summary.commands == 0) return absl::OkStatus();
      DAYBOOK_ASSIGN_OR_RETURN(known_.id, target_.StartRun(record_));
    }
    return target_.FinishRun(known_.id, OutcomeOf(summary));
  }

 private:
  ImportTarget& target_;
  ImportRunRecord record_;
  ImportTarget::KnownRun known_;
};

}  // namespace

absl::StatusOr<RunSummary> RunImport(Survey& survey, absl::string_view plan_text,
                                     ImportTarget& target, Clock& clock, Random& random,
                                     const RunOptions& options) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto settings, target.GetSettings());
  DAYBOOK_ASSIGN_OR_RETURN(std::string hash, survey.Hash(plan_text));
  const absl::Time begin = absl::Now();
  DAYBOOK_RETURN_IF_ERROR(
      survey.Run(target, settings, clock, random, [&](uint64_t done, uint64_t total) {
        if (options.progress) options.progress("reading", done, total);
      }));
  const absl::Time surveyed = absl::Now();
  RunNote note(target, {survey.plan().name, std::move(hash), survey.rows().size(),
                        options.stamping == Stamping::kBackfill});
  const bool real = options.mode == RunMode::kReal;
  if (real) DAYBOOK_RETURN_IF_ERROR(note.Begin());
  Sender sender(survey, options);
  DAYBOOK_RETURN_IF_ERROR(sender.Send(target, note.id()));
  DAYBOOK_RETURN_IF_ERROR(survey.CheckUnchanged());
  RunSummary summary = SumUp(survey);
  summary.commands = sender.commands();
  summary.replayed = sender.replayed();
  if (real) {
    DAYBOOK_RETURN_IF_ERROR(note.End(summary));
    if (options.progress) options.progress("catching up", 0, 0);
    summary.seen = target.WaitUntilSeen(sender.position());
  }
  summary.run_id = note.id();
  summary.surveyed_in = surveyed - begin;
  summary.sent_in = absl::Now() - surveyed;
  return summary;
}

}  // namespace daybook::cli
