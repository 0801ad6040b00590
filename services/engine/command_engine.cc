#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "daybook/log/v1/metadata.pb.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "domain/base/time.h"
#include "services/engine/commit_builder.h"
#include "services/engine/deterministic.h"
#include "services/engine/engine.h"
#include "services/engine/fact_collector.h"
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

const CommandHeader& HeaderOf(const Message& request) {
  const auto* field = request.GetDescriptor()->FindFieldByNumber(1);
  return static_cast<const CommandHeader&>(request.GetReflection()->GetMessage(request, field));
}

std::string IdOf(const Message& request) {
  const auto* field = request.GetDescriptor()->FindFieldByNumber(2);
  return request.GetReflection()->GetString(request, field);
}

// Everything one execution carries from step to step.
struct Execution {
  CommandCall call;
  CommandEngine::Done done;
  int attempts_left = 0;
  Uuid request_id;
  eventstore::Hash request_hash{};
  StreamId stream;
  bool creates_id = false;
  // Of the current attempt:
  LoadedState before;
  std::shared_ptr<AnyState> after;
  eventstore::StreamRevision after_revision = 0;
  absl::Time effective_at;
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
        builder_(keys) {}

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
  absl::Duration StalledFor() const override {
    if (pending_ == 0) return absl::ZeroDuration();
    return absl::Now() - absl::FromUnixMillis(moved_at_);
  }

 private:
  using ExecutionPtr = std::shared_ptr<Execution>;

  absl::Status Prepare(Execution& x);
  absl::StatusOr<bool> AnswerKnownRequest(Execution& x);
  absl::Status Attempt(const ExecutionPtr& x);
  void Refuse(Execution& x, absl::Status status);
  absl::StatusOr<domain::Context> MakeContext(const Execution& x);
  absl::StatusOr<domain::EventList> DecideNow(Execution& x, FactCollector& facts);
  absl::StatusOr<eventstore::Commit> BuildCommit(Execution& x, domain::EventList events,
                                                 FactCollector& facts);
  absl::Status FinishWithoutWriting(Execution& x, const eventstore::Commit& commit);
  void Complete(const ExecutionPtr& x, absl::StatusOr<AppendResult> result);
  CommandAnswer Answer(const Execution& x, const AppendResult& result);
  absl::Status RefreshLost(const absl::Status& refusal);

  eventstore::EventStore& store_;
  eventstore::KeyStore& keys_;
  const AccessPolicy& access_;
  Clock& clock_;
  Random& random_;
  const EngineOptions options_;
  StateLoader states_;
  RecordDirectory records_;
  CommitBuilder builder_;
  std::atomic<uint32_t> schema_set_{0};
  // Commits handed to the log and not answered; when one was last handed to an idle log or
  // answered.
  std::atomic<int64_t> pending_{0};
  std::atomic<int64_t> moved_at_{0};
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
  const std::string id = IdOf(request);
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
  AppendResult result;
  x.after_revision = 0;
  result.first_position = known->first_position;
  result.last_position = known->first_position + (known->events == 0 ? 0 : known->events - 1);
  result.events = known->events;
  result.replayed = true;
  if (result.last_position > 0) {
    DAYBOOK_ASSIGN_OR_RETURN(const auto last, store_.ReadEvent(result.last_position));
    result.recorded_at = last.recorded_at;
    if (known->events > 0) x.after_revision = last.revision;
  }
  if (known->events > 0) {
    DAYBOOK_ASSIGN_OR_RETURN(const auto first, store_.ReadEvent(known->first_position));
    if (x.creates_id) x.stream = first.stream;
  }
  x.done(Answer(x, result));
  return true;
}

absl::StatusOr<domain::EventList> Engine::DecideNow(Execution& x, FactCollector& facts) {
  const Message& request = *x.call.request;
  const CommandHeader& header = HeaderOf(request);
  const AggregateType& type = *x.call.command.aggregate;
  DAYBOOK_RETURN_IF_ERROR(facts.LoadReferences(request));
  if (x.call.command.command->gather != nullptr) {
    DAYBOOK_RETURN_IF_ERROR(x.call.command.command->gather(*x.before.state, request, facts));
  }
  DAYBOOK_ASSIGN_OR_RETURN(domain::Context context, MakeContext(x));
  context.facts = &facts.facts();
  DAYBOOK_ASSIGN_OR_RETURN(auto events,
                           x.call.command.command->decide(*x.before.state, request, context));
  x.after = x.before.state->Clone();
  x.after_revision = x.before.revision;
  for (const auto& event : events) {
    type.evolve(*x.after, *event);
    ++x.after_revision;
  }
  x.effective_at = context.effective_at;
  return events;
}

absl::StatusOr<domain::Context> Engine::MakeContext(const Execution& x) {
  const CommandHeader& header = HeaderOf(*x.call.request);
  const Settings settings = GetSettings();
  domain::Context context;
  context.now = clock_.Now();
  context.zone = settings.zone;
  context.currency = settings.currency;
  context.target_id = x.stream.id.ToString();
  context.actor = x.call.principal.actor;
  context.secret_prefix = x.call.secret_prefix;
  context.new_id = [this] { return random_.NewUuid(clock_.Now()).ToString(); };
  context.effective_at = context.now;
  if (!header.has_effective_at()) {
    // Undated in a backfill: the stamp of what comes before it, on its way to the log or there
    // already.
    if (x.call.backfill) {
      context.effective_at = store_.GetHead().recorded_at;
      if (x.call.overlay != nullptr) {
        context.effective_at = std::max(context.effective_at, x.call.overlay->last_stamp());
      }
    }
    return context;
  }
  const auto effective = FromProto(header.effective_at());
  if (!effective.ok()) return InvalidField("header.effective_at", effective.status().message());
  if (*effective > context.now) return InvalidField("header.effective_at", "lies in the future");
  context.effective_at = *effective;
  return context;
}

absl::StatusOr<eventstore::Commit> Engine::BuildCommit(Execution& x, domain::EventList events,
                                                       FactCollector& facts) {
  const CommandHeader& header = HeaderOf(*x.call.request);
  eventstore::Commit commit;
  commit.request_id = x.request_id;
  commit.request_hash = x.request_hash;
  const absl::StatusOr<Uuid> actor = Uuid::Parse(x.call.principal.actor);
  if (actor.ok()) commit.actor = *actor;
  commit.schema_set = schema_set_.load();
  commit.deadline = x.call.deadline;
  log::v1::EventMetadata metadata;
  metadata.set_reason(header.reason());
  metadata.set_traceparent(x.call.traceparent);
  metadata.set_batch_id(x.call.batch_id);
  if (x.call.backfill) {
    commit.backfill_at = x.effective_at;
    *metadata.mutable_wall_time() = ToProto(clock_.Now());
  }
  if (Writes(x)) {
    DAYBOOK_RETURN_IF_ERROR(builder_.AddEvents(*x.call.command.aggregate, x.stream, x.effective_at,
                                               metadata.SerializeAsString(), std::move(events),
                                               &commit));
  }
  DAYBOOK_RETURN_IF_ERROR(
      builder_.AddClaims(*x.call.command.aggregate, x.stream, *x.before.state, *x.after, &commit));
  commit.expectations = facts.TakeExpectations();
  commit.expectations.push_back({x.stream, x.before.revision, x.before.after});
  return commit;
}

// validate_only and dry runs: everything but the append, claims included.
absl::Status Engine::FinishWithoutWriting(Execution& x, const eventstore::Commit& commit) {
  Overlay* overlay = x.call.overlay.get();
  for (const eventstore::ClaimChange& claim : commit.claims) {
    if (claim.kind != eventstore::ClaimChange::Kind::kTake) continue;
    const std::string key = ClaimKey(claim);
    auto holder = overlay == nullptr ? std::nullopt : overlay->FindClaim(key);
    if (!holder.has_value()) {
      DAYBOOK_ASSIGN_OR_RETURN(holder, store_.FindClaim(claim.claim_kind, claim.value));
    }
    if (holder->has_value() && **holder != x.stream) {
      return Reject(rpc::v1::REASON_DUPLICATE_KEY,
                    absl::StrCat(claim.field, ": the value is in use by ", (*holder)->ToString()),
                    {{"field", claim.field}, {"holder", (*holder)->ToString()}});
    }
  }
  if (x.call.dry_run && overlay != nullptr) {
    for (const eventstore::ClaimChange& claim : commit.claims) {
      const bool take = claim.kind == eventstore::ClaimChange::Kind::kTake;
      overlay->PutClaim(ClaimKey(claim), take ? std::optional<StreamId>(x.stream) : std::nullopt);
    }
    overlay->Put(x.stream, {x.after, x.after_revision});
  }
  AppendResult result;
  const eventstore::Head head = store_.GetHead();
  result.first_position = result.last_position = head.position;
  result.recorded_at = clock_.Now();
  result.events = static_cast<uint32_t>(x.after_revision - x.before.revision);
  x.done(Answer(x, result));
  return absl::OkStatus();
}

absl::Status Engine::Attempt(const ExecutionPtr& x) {
  if (clock_.Now() > x->call.deadline) {
    return Reject(rpc::v1::REASON_DEADLINE_EXCEEDED,
                  "the deadline passed before the command began");
  }
  const CommandHeader& header = HeaderOf(*x->call.request);
  const AggregateType& type = *x->call.command.aggregate;
  DAYBOOK_ASSIGN_OR_RETURN(x->before, states_.Load(type, x->stream, x->call.overlay.get()));
  const Message* current = x->before.revision == 0 ? nullptr : &x->before.state->record();
  DAYBOOK_RETURN_IF_ERROR(
      access_.CheckCommand(x->call.principal, x->call.command, *x->call.request, current));
  if (header.has_expected_revision() && header.expected_revision() != x->before.revision) {
    return Reject(rpc::v1::REASON_REVISION_CONFLICT,
                  absl::StrCat("the record is at revision ", x->before.revision, ", not ",
                               header.expected_revision(), "; read it again and decide anew"),
                  {{"stream", x->stream.ToString()},
                   {"expected", absl::StrCat(header.expected_revision())},
                   {"actual", absl::StrCat(x->before.revision)}});
  }
  FactCollector facts(states_, records_, x->call.overlay.get());
  DAYBOOK_ASSIGN_OR_RETURN(auto events, DecideNow(*x, facts));
  DAYBOOK_ASSIGN_OR_RETURN(auto commit, BuildCommit(*x, std::move(events), facts));
  if (!Writes(*x)) return FinishWithoutWriting(*x, commit);
  if (x->call.overlay != nullptr && !commit.events.empty()) {
    commit.accepted = std::make_shared<bool>(false);
    x->call.overlay->Put(x->stream, {x->after, x->after_revision, commit.accepted});
    if (commit.backfill_at.has_value()) x->call.overlay->set_last_stamp(*commit.backfill_at);
  }
  store_.Append(std::move(commit),
                [this, x](absl::StatusOr<AppendResult> result) { Complete(x, std::move(result)); });
  return absl::OkStatus();
}

void Engine::Complete(const ExecutionPtr& x, absl::StatusOr<AppendResult> result) {
  Overlay* overlay = x->call.overlay.get();
  if (result.ok() && !result->replayed) {
    if (result->events > 0) {
      // The overlay may still hand this state to others: they must not see it change.
      std::shared_ptr<AnyState> final_state = x->after;
      if (overlay != nullptr) final_state = x->after->Clone();
      domain::ApplyMeta(final_state->record(), {result->last_position, x->after_revision,
                                                result->recorded_at, x->effective_at});
      x->after = final_state;
      states_.Publish(x->stream, {final_state, x->after_revision});
      if (overlay != nullptr) overlay->Drop(x->stream, x->after_revision);
      records_.NoteWritten(x->stream, x->before.revision == 0 ? RecordDirectory::Written::kCreated
                                                              : RecordDirectory::Written::kChanged);
    }
    x->done(Answer(*x, *result));
    return;
  }
  if (result.ok()) {
    // The same request was in flight twice and the other one came first: its record is the answer.
    if (overlay != nullptr) overlay->DropAll(x->stream);
    if (!result->revisions.empty()) {
      if (x->creates_id) x->stream = result->revisions.front().first;
      x->after_revision = result->revisions.front().second;
    }
    x->done(Answer(*x, *result));
    return;
  }
  if (overlay != nullptr) overlay->DropAll(x->stream);
  const bool lost_race = ReasonOf(result.status()) == rpc::v1::REASON_REVISION_CONFLICT &&
                         !HeaderOf(*x->call.request).has_expected_revision();
  if (!lost_race || --x->attempts_left <= 0) {
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
  const auto stream = StreamId::Parse(ErrorMetadataOf(refusal, "stream"));
  DAYBOOK_RETURN_IF_ERROR(stream.status());
  const AggregateType* type = domain::FindAggregate(stream->aggregate);
  if (type == nullptr) return refusal;
  return states_.Refresh(*type, *stream).status();
}

}  // namespace

std::shared_ptr<Overlay> NewOverlay() { return std::make_shared<Overlay>(); }

absl::StatusOr<CommandAnswer> CommandEngine::ExecuteAndWait(CommandCall call) {
  std::mutex mutex;
  std::condition_variable ready;
  std::optional<absl::StatusOr<CommandAnswer>> answer;
  Execute(std::move(call), [&](absl::StatusOr<CommandAnswer> a) {
    std::lock_guard lock(mutex);
    answer = std::move(a);
    ready.notify_one();
  });
  std::unique_lock lock(mutex);
  ready.wait(lock, [&] { return answer.has_value(); });
  return *std::move(answer);
}

std::unique_ptr<CommandEngine> NewCommandEngine(eventstore::EventStore& store,
                                                eventstore::KeyStore& keys,
                                                const AccessPolicy& access, Clock& clock,
                                                Random& random, const EngineOptions& options) {
  return std::make_unique<Engine>(store, keys, access, clock, random, options);
}

}  // namespace daybook::services
