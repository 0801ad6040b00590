#include <algorithm>
#include <atomic>

#include "absl/strings/str_cat.h"
#include "daybook/admin/v1/organisation_service.pb.h"
#include "daybook/log/v1/metadata.pb.h"
#include "domain/base/deadline.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "domain/base/time.h"
#include "services/engine/answers_due.h"
#include "services/engine/commit_builder.h"
#include "services/engine/decision.h"
#include "services/engine/deterministic.h"
#include "services/engine/engine.h"
#include "services/engine/known_answer.h"
#include "services/engine/overlay.h"
#include "services/engine/record_directory.h"
#include "services/engine/state_loader.h"

namespace daybook::services {
namespace {

using domain::AggregateType;
using domain::AnyState;
using eventstore::AppendResult;
using eventstore::StreamId;
using google::protobuf::Message;
using rpc::v1::CommandHeader;

// Attempts when races are lost over records that a command looks at or that follow from it: some of
// these change with every command of their kind (the turns of assignment rules), and each round has
// a winner.
constexpr int kAttemptsElsewhere = 100;

// Everything one execution carries from step to step.
struct Execution {
  CommandCall call;
  CommandEngine::Done done;
  int attempts_left = 0;
  int attempts_elsewhere_left = kAttemptsElsewhere;
  Uuid request_id;
  eventstore::Hash request_hash{};
  StreamId stream;
  bool creates_id = false;
  Decided decided;  // of the current attempt
  // Claims of the current attempt that others may take as well, with the same right.
  std::vector<eventstore::ClaimChange> shared_claims;
  // Of the command's own record, after what was written.
  std::shared_ptr<const AnyState> after;
  eventstore::StreamRevision after_revision = 0;
};

bool Writes(const Execution& x) {
  return !x.call.dry_run && !HeaderOf(*x.call.request).validate_only();
}

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
        states_(store, keys, options_.cached_states),
        records_(store, keys, states_),
        decisions_(store, states_, records_, access, clock, random),
        builder_(store, keys) {}

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
  absl::Duration StalledFor() const override { return answers_.StalledFor(); }

 private:
  using ExecutionPtr = std::shared_ptr<Execution>;

  absl::Status Prepare(Execution& x);
  absl::StatusOr<bool> AnswerKnownRequest(Execution& x);
  absl::Status Attempt(const ExecutionPtr& x);
  void Refuse(Execution& x, absl::Status status);
  absl::StatusOr<eventstore::Commit> BuildCommit(Execution& x);
  absl::Status FinishWithoutWriting(Execution& x, const eventstore::Commit& commit);
  void Complete(const ExecutionPtr& x, absl::StatusOr<AppendResult> result);
  void Publish(Execution& x, const AppendResult& result);
  CommandAnswer Answer(const Execution& x, const AppendResult& result);
  absl::Status RefreshLost(const absl::Status& refusal);
  static bool MayDecideAgain(Execution& x, const absl::Status& refusal);

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
};

void Engine::Execute(CommandCall call, Done done) {
  auto x = std::make_shared<Execution>();
  x->call = std::move(call);
  x->done = std::move(done);
  x->attempts_left = options_.attempts;
  absl::Status status = Prepare(*x);
  if (status.ok()) {
    const absl::StatusOr<bool> answered = AnswerKnownRequest(*x);
    if (answered.ok() && *answered) return;
    status = answered.ok() ? Attempt(x) : answered.status();
  }
  if (!status.ok()) Refuse(*x, std::move(status));
}

// The same request may have been on its way twice, and the other one written meanwhile: then its
// answer is the answer.
void Engine::Refuse(Execution& x, absl::Status status) {
  if (!x.request_id.is_nil()) {
    const absl::StatusOr<bool> answered = AnswerKnownRequest(x);
    if (answered.ok() && *answered) return;
  }
  x.done(std::move(status));
}

absl::Status Engine::Prepare(Execution& x) {
  const Message& request = *x.call.request;
  const CommandHeader& header = HeaderOf(request);
  const absl::StatusOr<Uuid> request_id = Uuid::Parse(header.request_id());
  if (!request_id.ok()) {
    return InvalidField("header.request_id", "a UUID chosen by the caller is required");
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

// The same request again gets the first answer; another request under the same id is refused.
absl::StatusOr<bool> Engine::AnswerKnownRequest(Execution& x) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto known, store_.FindRequest(x.request_id));
  if (!known.has_value()) return false;
  // A stored answer is an answer: who may not give the command may not have it either.
  DAYBOOK_RETURN_IF_ERROR(
      access_.CheckCommand(x.call.principal, x.call.command, *x.call.request, nullptr));
  if (known->request_hash != x.request_hash) {
    return Reject(rpc::v1::REASON_IDEMPOTENCY_MISMATCH,
                  "this request id was used for another request; use a fresh UUID",
                  {{"request_id", x.request_id.ToString()}});
  }
  DAYBOOK_ASSIGN_OR_RETURN(const KnownAnswer answer, ReadKnownAnswer(store_, *known));
  x.after_revision = answer.revision;
  if (x.creates_id && known->events > 0) x.stream = answer.stream;
  const AppendResult& result = answer.result;
  x.done(Answer(x, result));
  return true;
}

absl::StatusOr<eventstore::Commit> Engine::BuildCommit(Execution& x) {
  const CommandHeader& header = HeaderOf(*x.call.request);
  eventstore::Commit commit;
  commit.request_id = x.request_id;
  commit.request_hash = x.request_hash;
  const absl::StatusOr<Uuid> actor = Uuid::Parse(x.call.principal.actor);
  if (actor.ok()) commit.actor = *actor;
  commit.schema_set = schema_set_.load();
  commit.deadline = x.call.deadline;
  commit.under_any_clock = x.call.principal.role == Principal::Role::kSystem;
  commit.accepts_clock =
      x.call.request->GetDescriptor() == admin::v1::AcceptClockRequest::descriptor();
  log::v1::EventMetadata metadata;
  metadata.set_reason(header.reason());
  metadata.set_traceparent(x.call.traceparent);
  metadata.set_batch_id(x.call.batch_id);
  if (x.call.backfill) {
    commit.backfill_at = x.decided.effective_at;
    *metadata.mutable_wall_time() = ToProto(clock_.Now());
  }
  const std::string metadata_bytes = metadata.SerializeAsString();
  x.shared_claims.clear();
  for (DecidedPart& part : x.decided.parts) {
    if (Writes(x)) {
      DAYBOOK_RETURN_IF_ERROR(builder_.AddEvents(*part.type, part.stream, x.decided.effective_at,
                                                 metadata_bytes, std::move(part.events), &commit));
    }
    DAYBOOK_RETURN_IF_ERROR(builder_.AddClaims(*part.type, part.stream, *part.before.state,
                                               *part.after, x.call.overlay.get(), &commit,
                                               &x.shared_claims));
  }
  commit.expectations = std::move(x.decided.expectations);
  return commit;
}

// validate_only and dry runs: everything but the append, claims included.
absl::Status Engine::FinishWithoutWriting(Execution& x, const eventstore::Commit& commit) {
  Overlay* overlay = x.call.overlay.get();
  DAYBOOK_RETURN_IF_ERROR(builder_.CheckClaims(commit, overlay));
  if (x.call.dry_run && overlay != nullptr) {
    for (const eventstore::ClaimChange& claim : commit.claims) {
      const bool take = claim.kind == eventstore::ClaimChange::Kind::kTake;
      overlay->PutClaim(ClaimKey(claim),
                        take ? std::optional<StreamId>(claim.stream) : std::nullopt);
    }
    for (const DecidedPart& part : x.decided.parts) {
      if (part.event_count == 0) continue;
      overlay->Put(part.stream, {part.after, part.after_revision});
    }
  }
  AppendResult result;
  const eventstore::Head head = store_.GetHead();
  result.first_position = result.last_position = head.position;
  result.recorded_at = clock_.Now();
  for (const DecidedPart& part : x.decided.parts) {
    result.events += static_cast<uint32_t>(part.event_count);
  }
  x.done(Answer(x, result));
  return absl::OkStatus();
}

absl::Status Engine::Attempt(const ExecutionPtr& x) {
  if (DeadlineNow() > x->call.deadline) {
    return Reject(rpc::v1::REASON_DEADLINE_EXCEEDED,
                  "the deadline passed before the command began");
  }
  DAYBOOK_ASSIGN_OR_RETURN(x->decided, decisions_.Decide(x->call, x->stream));
  const DecidedPart& own = x->decided.parts.front();
  x->after = own.after;
  x->after_revision = own.after_revision;
  if (x->call.guard != nullptr && own.event_count > 0) {
    DAYBOOK_ASSIGN_OR_RETURN(x->decided.expectations.front().unnamed_after, x->call.guard());
  }
  DAYBOOK_ASSIGN_OR_RETURN(auto commit, BuildCommit(*x));
  if (!Writes(*x)) return FinishWithoutWriting(*x, commit);
  if (x->call.overlay != nullptr && !commit.events.empty()) {
    commit.accepted = std::make_shared<bool>(false);
    for (const DecidedPart& part : x->decided.parts) {
      if (part.event_count == 0) continue;
      x->call.overlay->Put(part.stream, {part.after, part.after_revision, commit.accepted});
    }
    for (const eventstore::ClaimChange& claim : x->shared_claims) {
      x->call.overlay->PutClaim(ClaimKey(claim), claim.stream);
    }
    if (commit.backfill_at.has_value()) x->call.overlay->set_last_stamp(*commit.backfill_at);
  }
  answers_.NoteAsked();
  store_.Append(std::move(commit), [this, x](absl::StatusOr<AppendResult> result) {
    answers_.NoteAnswered(result.status());
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
    if (overlay != nullptr) overlay->Drop(part.stream, part.after_revision);
    records_.NoteWritten(part.stream, part.before.revision == 0
                                          ? RecordDirectory::Written::kCreated
                                          : RecordDirectory::Written::kChanged);
  }
  x.after = x.decided.parts.front().after;
}

// Whether the command lost a race that another attempt may win.
bool Engine::MayDecideAgain(Execution& x, const absl::Status& refusal) {
  const rpc::v1::Reason reason = ReasonOf(refusal);
  // Somebody else took a claim that both may have: the next attempt finds it taken, and is content.
  const bool shared = reason == rpc::v1::REASON_DUPLICATE_KEY && !x.shared_claims.empty();
  if (reason != rpc::v1::REASON_REVISION_CONFLICT && !shared) return false;
  if (shared || ErrorMetadataOf(refusal, "stream") != x.stream.ToString()) {
    return --x.attempts_elsewhere_left > 0;
  }
  // The revision of the command's own record is the caller's business once the caller named it.
  return !HeaderOf(*x.call.request).has_expected_revision() && --x.attempts_left > 0;
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
    x->done(Answer(*x, *result));
    return;
  }
  if (overlay != nullptr) {
    for (const DecidedPart& part : x->decided.parts) overlay->DropAll(part.stream);
  }
  if (result.ok()) {
    // The same request was in flight twice and the other one came first: its record is the answer.
    if (!result->revisions.empty()) {
      if (x->creates_id) x->stream = result->revisions.front().first;
      x->after_revision = result->revisions.front().second;
    }
    x->done(Answer(*x, *result));
    return;
  }
  if (!MayDecideAgain(*x, result.status())) {
    x->done(result.status());
    return;
  }
  const auto again = [this, x, refusal = result.status()] {
    absl::Status status = RefreshLost(refusal);
    if (status.ok()) status = Attempt(x);
    if (!status.ok()) Refuse(*x, std::move(status));
  };
  // Commands of one stream go back to that stream, so that they are decided again in their order.
  const auto& submit = x->call.submit != nullptr ? x->call.submit : options_.submit;
  if (submit == nullptr) return again();
  if (!submit(again)) x->done(result.status());
}

CommandAnswer Engine::Answer(const Execution& x, const AppendResult& result) {
  CommandAnswer answer;
  answer.aggregate = x.stream.aggregate;
  answer.id = x.stream.id.ToString();
  answer.replayed = result.replayed;
  answer.receipt.set_position(result.last_position);
  answer.receipt.set_events(result.events);
  *answer.receipt.mutable_recorded_at() = ToProto(result.recorded_at);
  answer.receipt.set_revision(x.after_revision);
  if (!result.replayed) answer.record = {x.after, &x.after->record()};
  return answer;
}

// Reads anew what the refusal named: the stream whose revision was not the one that was decided on.
absl::Status Engine::RefreshLost(const absl::Status& refusal) {
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
