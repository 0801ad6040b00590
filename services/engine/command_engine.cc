#include <algorithm>
#include <atomic>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daybook/rpc/v1/error.pb.h"
#include "domain/base/deadline.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "domain/base/time.h"
#include "services/engine/answers_due.h"
#include "services/engine/commit_builder.h"
#include "services/engine/conflict.h"
#include "services/engine/decision.h"
#include "services/engine/deterministic.h"
#include "services/engine/engine.h"
#include "services/engine/known_answer.h"
#include "services/engine/overlay.h"
#include "services/engine/record_directory.h"
#include "services/engine/state_loader.h"
#include "services/engine/waiting_lines.h"

namespace daybook::services {
namespace {

using domain::AggregateType;
using domain::AnyState;
using eventstore::AppendResult;
using eventstore::StreamId;
using google::protobuf::Message;
using rpc::v1::CommandHeader;

// No other attempt is begun when the deadline is nearer: its answer would come too late.
constexpr absl::Duration kLastAttempt = absl::Milliseconds(10);
constexpr int64_t kRetryDelayMs = 100;

// Everything one execution carries from step to step.
struct Execution {
  CommandCall call;
  CommandEngine::Done done;
  absl::Time last_attempt;  // none is begun later
  Uuid request_id;
  eventstore::Hash request_hash{};
  StreamId stream;
  bool creates_id = false;
  bool first_of_request = false;  // holds the line of its request id
  RaceLines::Standing standing;   // over which streams it lost races
  Decided decided;                // of the current attempt
  // Claims of the current attempt that others may take as well, with the same right.
  std::vector<eventstore::ClaimChange> shared_claims;
  std::shared_ptr<bool> accepted;  // of the current attempt; null without overlay
  // Of the command's own record, after what was written.
  std::shared_ptr<const AnyState> after;
  eventstore::StreamRevision after_revision = 0;
};

bool Writes(const Execution& x) {
  return !x.call.dry_run && !HeaderOf(*x.call.request).validate_only();
}

bool NamesRevision(const Execution& x) { return HeaderOf(*x.call.request).has_expected_revision(); }

absl::Status TooManyWait(size_t limit) {
  absl::Status status =
      Reject(rpc::v1::REASON_OVERLOADED, "too many commands wait for others: try again later",
             {{"limit", absl::StrCat(limit)}});
  rpc::v1::RetryInfo retry;
  retry.mutable_retry_delay()->set_nanos(static_cast<int32_t>(kRetryDelayMs * 1'000'000));
  AddErrorDetail(&status, "google.rpc.RetryInfo", retry);
  return status;
}

// Does one of two things, once.
class RunOrElse {
 public:
  RunOrElse(std::function<void()> run, std::function<void()> otherwise)
      : run_(std::move(run)), else_(std::move(otherwise)) {}
  ~RunOrElse() {
    if (run_ != nullptr) else_();
  }
  RunOrElse(const RunOrElse&) = delete;
  RunOrElse& operator=(const RunOrElse&) = delete;
  void Run() { std::exchange(run_, nullptr)(); }

 private:
  std::function<void()> run_;
  const std::function<void()> else_;
};

class Engine final : public CommandEngine {
 public:
  Engine(eventstore::EventStore& store, eventstore::KeyStore& keys, const AccessPolicy& access,
         Clock& clock, Random& random, EngineOptions options)
      : store_(store),
        keys_(keys),
        access_(access),
        clock_(clock),
        random_(random),
        options_(std::move(options)),
        states_(store, keys, options_.cached_states, options_.folded_events),
        records_(store, keys, states_),
        decisions_(store, states_, records_, access, clock, random),
        builder_(store, keys),
        requests_(options_.waiting),
        races_(options_.waiting) {}

  void Execute(CommandCall call, Done done) override;
  absl::StatusOr<std::shared_ptr<const Message>> LoadRecord(absl::string_view aggregate,
                                                            absl::string_view id) override {
    return records_.LoadRecord(aggregate, id);
  }
  absl::StatusOr<std::string> ResolveExternalKey(absl::string_view aggregate,
                                                 absl::string_view key) override {
    return records_.ResolveExternalKey(aggregate, key);
  }
  absl::StatusOr<std::vector<std::string>> RecordIds(absl::string_view aggregate) override {
    return records_.RecordIds(aggregate);
  }
  void SetSchemaSet(uint32_t number) override { schema_set_ = number; }
  Settings GetSettings() override { return records_.GetSettings(); }
  void SetViews(const projections::Views* views) override { states_.SetViews(views); }
  absl::Duration StalledFor() const override { return answers_.StalledFor(); }

 private:
  using ExecutionPtr = std::shared_ptr<Execution>;

  absl::Status Prepare(Execution& x);
  void Begin(const ExecutionPtr& x);
  absl::StatusOr<bool> AnswerKnownRequest(const ExecutionPtr& x);
  absl::StatusOr<bool> AnswerDryRun(const ExecutionPtr& x);
  absl::Status CheckAccess(const Execution& x, const StreamId& stream);
  void Try(const ExecutionPtr& x);
  absl::Status Attempt(const ExecutionPtr& x);
  absl::Status FinishWithoutWriting(const ExecutionPtr& x, const eventstore::Commit& commit);
  void Complete(const ExecutionPtr& x, absl::StatusOr<AppendResult> result);
  void Publish(Execution& x, const AppendResult& result);
  CommandAnswer Answer(const Execution& x, const AppendResult& result);
  void Refuse(const ExecutionPtr& x, absl::Status status);
  void Finish(const ExecutionPtr& x, absl::StatusOr<CommandAnswer> answer);

  // Races that were lost.
  bool MayDecideAgain(const Execution& x, const absl::Status& refusal);
  void DecideAgain(const ExecutionPtr& x, absl::Status refusal);
  void TryAgain(const ExecutionPtr& x, absl::Status refusal);
  absl::Status RefreshLost(const absl::Status& refusal);
  bool JoinLines(const ExecutionPtr& x);
  void WaitInLine(const ExecutionPtr& x, const StreamId& stream, absl::Status refusal);
  void GoOn(const ExecutionPtr& x, std::function<void()> task);

  eventstore::EventStore& store_;
  eventstore::KeyStore& keys_;
  const AccessPolicy& access_;
  Clock& clock_;
  Random& random_;
  const EngineOptions options_;
  StateLoader states_;
  RecordDirectory records_;
  DecisionMaker decisions_;
  CommitBuilder builder_;
  std::atomic<uint32_t> schema_set_{0};
  AnswersDue answers_;  // of the log
  WaitingLines<Uuid> requests_;
  RaceLines races_;
};

void Engine::Execute(CommandCall call, Done done) {
  auto x = std::make_shared<Execution>();
  x->call = std::move(call);
  x->done = std::move(done);
  x->last_attempt = std::min(x->call.deadline - kLastAttempt, DeadlineNow() + options_.race_time);
  if (absl::Status status = Prepare(*x); !status.ok()) return x->done(std::move(status));
  if (!Writes(*x)) return Begin(x);
  // The same id may be on its way, undecided or not on disk yet: whoever comes second waits, and
  // then finds the answer, or is the first where there is none.
  x->first_of_request = true;
  const auto place =
      requests_.Enter(x->request_id, [this, x] { GoOn(x, [this, x] { Begin(x); }); });
  if (place == WaitingLines<Uuid>::Place::kFirst) return Begin(x);
  if (place == WaitingLines<Uuid>::Place::kFull) {
    x->first_of_request = false;
    x->done(TooManyWait(options_.waiting));
  }
}

void Engine::Begin(const ExecutionPtr& x) {
  const absl::StatusOr<bool> answered = AnswerKnownRequest(x);
  if (!answered.ok()) return Refuse(x, answered.status());
  if (*answered) return;
  // Where many wait for the record already, deciding at once would only be one more lost race.
  if (x->call.overlay == nullptr && Writes(*x) && !NamesRevision(*x) && races_.HasLine(x->stream)) {
    return WaitInLine(x, x->stream, absl::OkStatus());
  }
  Try(x);
}

void Engine::Try(const ExecutionPtr& x) {
  absl::Status status = Attempt(x);
  if (!status.ok()) Refuse(x, std::move(status));
}

// To a caller who named a revision, of the command's own record or of one that follows from it, the
// refusal says what happened meanwhile.
void Engine::Refuse(const ExecutionPtr& x, absl::Status status) {
  const auto stream = StreamId::Parse(ErrorMetadataOf(status, "stream"));
  if (ReasonOf(status) == rpc::v1::REASON_REVISION_CONFLICT && stream.ok() &&
      (NamesRevision(*x) || !(*stream == x->stream))) {
    const ConflictReader reader(store_, keys_, access_, states_);
    reader.AddDetail(x->call, *stream, &status);
  }
  Finish(x, std::move(status));
}

void Engine::Finish(const ExecutionPtr& x, absl::StatusOr<CommandAnswer> answer) {
  std::vector<std::function<void()>> next = races_.Leave(&x->standing);
  if (x->first_of_request) next.push_back(requests_.Leave(x->request_id));
  // Nothing of the engine may be touched behind the answer, unless somebody waits for the next one.
  x->done(std::move(answer));
  RunAll(std::move(next));
}

absl::Status Engine::Prepare(Execution& x) {
  const Message& request = *x.call.request;
  const CommandHeader& header = HeaderOf(request);
  const absl::StatusOr<Uuid> request_id = Uuid::Parse(header.request_id());
  if (!request_id.ok() || request_id->is_nil()) {
    return InvalidField("header.request_id",
                        "a UUID chosen by the caller, in lower case, is required");
  }
  x.request_id = *request_id;
  // Keyed, since a plain hash of a request could be guessed from the personal values in it.
  x.request_hash =
      keys_.ClaimHash("request", absl::StrCat(ToAbsl(request.GetDescriptor()->full_name()), "\n",
                                              SerializeDeterministic(request)));
  std::string id = IdOf(request);
  if (id.empty() && x.call.command.command->target != nullptr) {
    id = x.call.command.command->target(request);
  }
  x.creates_id = id.empty();
  x.stream.aggregate = x.call.command.aggregate->name;
  if (x.creates_id) {
    x.stream.id = random_.NewUuid(clock_.Now());
  } else {
    const absl::StatusOr<Uuid> uuid = Uuid::Parse(id);
    if (!uuid.ok()) return InvalidField("id", uuid.status().message());
    x.stream.id = *uuid;
  }
  return absl::OkStatus();
}

// As for a command that is carried out now: with the record at hand.
absl::Status Engine::CheckAccess(const Execution& x, const StreamId& stream) {
  const AggregateType* type = domain::FindAggregate(stream.aggregate);
  if (type == nullptr || stream.id.is_nil()) {
    return access_.CheckCommand(x.call.principal, x.call.command, *x.call.request, nullptr);
  }
  DAYBOOK_ASSIGN_OR_RETURN(const LoadedState loaded,
                           states_.Load(*type, stream, x.call.overlay.get()));
  return access_.CheckCommand(x.call.principal, x.call.command, *x.call.request,
                              loaded.revision == 0 ? nullptr : &loaded.state->record());
}

// The same request again gets the first answer; another request under the same id is refused. A
// stored answer is an answer: who may not give the command may not have it either.
absl::StatusOr<bool> Engine::AnswerKnownRequest(const ExecutionPtr& x) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto known, store_.FindRequest(x->request_id));
  if (!known.has_value()) return AnswerDryRun(x);
  if (known->request_hash != x->request_hash) {
    DAYBOOK_RETURN_IF_ERROR(CheckAccess(*x, x->creates_id ? StreamId() : x->stream));
    return Reject(rpc::v1::REASON_IDEMPOTENCY_MISMATCH,
                  "this request id was used for another request; use a fresh UUID",
                  {{"request_id", x->request_id.ToString()}});
  }
  DAYBOOK_ASSIGN_OR_RETURN(const KnownAnswer answer, ReadKnownAnswer(store_, *known));
  x->after_revision = answer.revision;
  if (x->creates_id && known->events > 0) x->stream = answer.stream;
  DAYBOOK_RETURN_IF_ERROR(
      CheckAccess(*x, x->creates_id && known->events == 0 ? StreamId() : x->stream));
  Finish(x, Answer(*x, answer.result));
  return true;
}

// In a dry run the overlay remembers what the log would.
absl::StatusOr<bool> Engine::AnswerDryRun(const ExecutionPtr& x) {
  if (!x->call.dry_run || x->call.overlay == nullptr) return false;
  auto known = x->call.overlay->FindAnswer(x->request_id);
  if (!known.has_value()) return false;
  DAYBOOK_ASSIGN_OR_RETURN(const Uuid id, Uuid::Parse(known->answer.id));
  DAYBOOK_RETURN_IF_ERROR(CheckAccess(*x, {known->answer.aggregate, id}));
  if (known->request_hash != x->request_hash) {
    return Reject(rpc::v1::REASON_IDEMPOTENCY_MISMATCH,
                  "this request id was used for another request; use a fresh UUID",
                  {{"request_id", x->request_id.ToString()}});
  }
  known->answer.replayed = true;
  known->answer.receipt.set_replayed(true);
  Finish(x, std::move(known->answer));
  return true;
}

// validate_only and dry runs: everything but the append, claims included.
absl::Status Engine::FinishWithoutWriting(const ExecutionPtr& x, const eventstore::Commit& commit) {
  Overlay* overlay = x->call.overlay.get();
  DAYBOOK_RETURN_IF_ERROR(builder_.CheckClaims(commit, overlay));
  const bool remembers =
      x->call.dry_run && overlay != nullptr && !HeaderOf(*x->call.request).validate_only();
  if (remembers) {
    for (const eventstore::ClaimChange& claim : commit.claims) {
      const bool take = claim.kind == eventstore::ClaimChange::Kind::kTake;
      overlay->PutClaim(ClaimKey(claim),
                        take ? std::optional<StreamId>(claim.stream) : std::nullopt);
    }
    for (const DecidedPart& part : x->decided.parts) {
      if (part.event_count == 0) continue;
      overlay->Put(part.stream, {part.after, part.after_revision});
    }
  }
  AppendResult result;
  const eventstore::Head head = store_.GetHead();
  result.first_position = result.last_position = head.position;
  result.recorded_at = clock_.Now();
  for (const DecidedPart& part : x->decided.parts) {
    result.events += static_cast<uint32_t>(part.event_count);
  }
  CommandAnswer answer = Answer(*x, result);
  if (remembers) overlay->PutAnswer(x->request_id, {x->request_hash, answer});
  Finish(x, std::move(answer));
  return absl::OkStatus();
}

absl::Status Engine::Attempt(const ExecutionPtr& x) {
  if (DeadlineNow() > x->call.deadline) {
    return Reject(rpc::v1::REASON_DEADLINE_EXCEEDED,
                  "the deadline passed before the command began");
  }
  x->accepted = nullptr;
  DAYBOOK_ASSIGN_OR_RETURN(x->decided, decisions_.Decide(x->call, x->stream));
  const DecidedPart& own = x->decided.parts.front();
  x->after = own.after;
  x->after_revision = own.after_revision;
  if (Writes(*x) && JoinLines(x)) return absl::OkStatus();
  if (x->call.still_authenticated != nullptr) {
    DAYBOOK_RETURN_IF_ERROR(x->call.still_authenticated());
  }
  if (x->call.guard != nullptr && own.event_count > 0) {
    DAYBOOK_ASSIGN_OR_RETURN(x->decided.expectations.front().unnamed_after, x->call.guard());
  }
  eventstore::Commit commit;
  commit.request_id = x->request_id;
  commit.request_hash = x->request_hash;
  commit.schema_set = schema_set_.load();
  DAYBOOK_RETURN_IF_ERROR(builder_.Build(
      x->call, Writes(*x) ? CommitBuilder::Sealing::kSealed : CommitBuilder::Sealing::kClaimsOnly,
      clock_.Now(), &x->decided, &commit, &x->shared_claims));
  if (!Writes(*x)) return FinishWithoutWriting(x, commit);
  if (x->call.overlay != nullptr && !commit.events.empty()) {
    commit.accepted = x->accepted = std::make_shared<bool>(false);
    for (const DecidedPart& part : x->decided.parts) {
      if (part.event_count == 0) continue;
      x->call.overlay->Put(part.stream, {part.after, part.after_revision, commit.accepted});
    }
    for (const eventstore::ClaimChange& claim : x->shared_claims) {
      x->call.overlay->PutClaim(ClaimKey(claim), claim.stream);
    }
    if (commit.backfill_at.has_value()) x->call.overlay->set_last_stamp(*commit.backfill_at);
  }
  const AnswersDue::Ticket ticket = answers_.NoteAsked();
  store_.Append(std::move(commit), [this, x, ticket](absl::StatusOr<AppendResult> result) {
    answers_.NoteAnswered(ticket, result.status());
    Complete(x, std::move(result));
  });
  return absl::OkStatus();
}

void Engine::Publish(Execution& x, const AppendResult& result) {
  Overlay* overlay = x.call.overlay.get();
  eventstore::LogPosition last = result.first_position - 1;
  for (DecidedPart& part : x.decided.parts) {
    if (part.event_count == 0) continue;
    last += part.event_count;
    // The overlay may still hand this state to others: they must not see it change.
    std::shared_ptr<AnyState> final_state = part.changed;
    if (overlay != nullptr) final_state = part.changed->Clone();
    domain::ApplyMeta(final_state->record(),
                      {last, part.after_revision, result.recorded_at, x.decided.effective_at});
    part.after = final_state;
    states_.Publish(part.stream, {final_state, part.after_revision});
    if (overlay != nullptr) overlay->Confirm(part.stream, x.accepted);
    records_.NoteWritten(part.stream, part.before.revision == 0
                                          ? RecordDirectory::Written::kCreated
                                          : RecordDirectory::Written::kChanged);
  }
  x.after = x.decided.parts.front().after;
}

void Engine::Complete(const ExecutionPtr& x, absl::StatusOr<AppendResult> result) {
  Overlay* overlay = x->call.overlay.get();
  if (overlay != nullptr) {
    for (const eventstore::ClaimChange& claim : x->shared_claims) {
      overlay->DropClaim(ClaimKey(claim));
    }
  }
  if (result.ok() && !result->replayed) {
    if (result->events > 0) Publish(*x, *result);
    return Finish(x, Answer(*x, *result));
  }
  if (overlay != nullptr) {
    for (const DecidedPart& part : x->decided.parts) {
      if (part.event_count > 0) overlay->TakeBack(part.stream, x->accepted);
    }
  }
  if (result.ok()) {
    // Somebody else than this engine has carried out the same request: its record is the answer.
    if (!result->revisions.empty()) {
      if (x->creates_id) x->stream = result->revisions.front().first;
      x->after_revision = result->revisions.front().second;
    }
    return Finish(x, Answer(*x, *result));
  }
  if (MayDecideAgain(*x, result.status())) return DecideAgain(x, result.status());
  if (ReasonOf(result.status()) != rpc::v1::REASON_REVISION_CONFLICT) {
    return Finish(x, result.status());
  }
  // What happened meanwhile is read from the disk: not on the log's own thread.
  GoOn(x, [this, x, refusal = result.status()] {
    absl::Status status = RefreshLost(refusal);
    Refuse(x, status.ok() ? refusal : std::move(status));
  });
}

// Whether the command lost a race that another attempt may win.
bool Engine::MayDecideAgain(const Execution& x, const absl::Status& refusal) {
  const rpc::v1::Reason reason = ReasonOf(refusal);
  // Somebody else took a claim that both may have: the next attempt finds it taken, and is content.
  const bool shared = reason == rpc::v1::REASON_DUPLICATE_KEY && !x.shared_claims.empty();
  if (reason != rpc::v1::REASON_REVISION_CONFLICT && !shared) return false;
  // The revision of the command's own record is the caller's business once the caller named it.
  const bool own = ErrorMetadataOf(refusal, "stream") == x.stream.ToString();
  if (own && NamesRevision(x)) return false;
  return DeadlineNow() < x.last_attempt;
}

void Engine::DecideAgain(const ExecutionPtr& x, absl::Status refusal) {
  const auto lost = StreamId::Parse(ErrorMetadataOf(refusal, "stream"));
  // Commands of one stream of commands stay in their order, so they stand in no line.
  if (x->call.overlay == nullptr && lost.ok()) return WaitInLine(x, *lost, std::move(refusal));
  TryAgain(x, std::move(refusal));
}

// `refusal`: of the attempt before; OK where there was none.
void Engine::TryAgain(const ExecutionPtr& x, absl::Status refusal) {
  GoOn(x, [this, x, refusal = std::move(refusal)] {
    if (!refusal.ok() && DeadlineNow() >= x->last_attempt) return Refuse(x, refusal);
    absl::Status status = RefreshLost(refusal);
    if (!status.ok()) return Refuse(x, std::move(status));
    Try(x);
  });
}

// Decided, but others wait for a record that it looked at or changes: it stands behind them.
bool Engine::JoinLines(const ExecutionPtr& x) {
  if (x->call.overlay != nullptr) return false;
  for (const eventstore::StreamExpectation& expected : x->decided.expectations) {
    if (expected.stream == x->stream && NamesRevision(*x)) continue;
    if (!races_.HasLine(expected.stream) || x->standing.Holds(expected.stream)) continue;
    WaitInLine(x, expected.stream, absl::OkStatus());
    return true;
  }
  return false;
}

void Engine::WaitInLine(const ExecutionPtr& x, const StreamId& stream, absl::Status refusal) {
  races_.Enter(&x->standing, stream, [this, x, refusal](RaceLines::Outcome outcome) {
    if (outcome == RaceLines::Outcome::kFull) return Finish(x, TooManyWait(options_.waiting));
    TryAgain(x, refusal);
  });
}

// Commands of one stream of commands go back to that stream, so that they are decided in its order.
// A task that is refused or dropped, since the server goes down, answers so: others may wait for
// it.
void Engine::GoOn(const ExecutionPtr& x, std::function<void()> task) {
  const auto once = std::make_shared<RunOrElse>(std::move(task), [this, x] {
    Finish(x, Reject(rpc::v1::REASON_SHUTTING_DOWN, "the server is going down"));
  });
  const auto& submit = x->call.submit != nullptr ? x->call.submit : options_.submit;
  if (submit == nullptr) return RunInTurn([once] { once->Run(); });
  submit([once] { once->Run(); });
}

CommandAnswer Engine::Answer(const Execution& x, const AppendResult& result) {
  CommandAnswer answer;
  answer.aggregate = x.stream.aggregate;
  answer.id = x.stream.id.ToString();
  answer.replayed = result.replayed;
  answer.receipt.set_position(result.last_position);
  answer.receipt.set_events(result.events);
  answer.receipt.set_replayed(result.replayed);
  *answer.receipt.mutable_recorded_at() = ToProto(result.recorded_at);
  answer.receipt.set_revision(x.after_revision);
  if (!result.replayed) answer.record = {x.after, &x.after->record()};
  return answer;
}

// Reads anew what the refusal named: the stream whose revision was not the one that was decided on.
absl::Status Engine::RefreshLost(const absl::Status& refusal) {
  if (refusal.ok()) return absl::OkStatus();
  const std::string lost = ErrorMetadataOf(refusal, "stream");
  if (ReasonOf(refusal) != rpc::v1::REASON_REVISION_CONFLICT || lost.empty()) {
    return absl::OkStatus();
  }
  const auto stream = StreamId::Parse(lost);
  DAYBOOK_RETURN_IF_ERROR(stream.status());
  const AggregateType* type = domain::FindAggregate(stream->aggregate);
  if (type == nullptr) return refusal;
  return states_.Refresh(*type, *stream).status();
}

}  // namespace

std::unique_ptr<CommandEngine> NewCommandEngine(eventstore::EventStore& store,
                                                eventstore::KeyStore& keys,
                                                const AccessPolicy& access, Clock& clock,
                                                Random& random, const EngineOptions& options) {
  return std::make_unique<Engine>(store, keys, access, clock, random, options);
}

}  // namespace daybook::services
