#pragma once

// The command side without a network: everything between "who sent which request" and "written,
// here is the answer". gRPC services, the command stream and `daybook init` all end here, so there
// is one order of steps:
//   request id being carried out? wait for it -> known? stored answer -> access -> load state ->
//   expected revision -> gather facts -> Decide (pure) -> seal -> append -> answer.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "daybook/rpc/v1/headers.pb.h"
#include "domain/base/clock.h"
#include "domain/registry.h"
#include "eventstore/event_store.h"
#include "eventstore/key_store.h"
#include "google/protobuf/message.h"

namespace daybook::projections {
class Views;
}  // namespace daybook::projections

namespace daybook::services {

// What a refusal over the expected revision may tell of the events that the caller missed: their
// number, and the bytes of the whole detail. Clients take 8 KiB of trailers at most unless they say
// otherwise, and bytes in trailers grow by a third, so unary calls tell less than the stream.
inline constexpr size_t kMissedEventsMax = 20;
inline constexpr size_t kConflictBytesMax = 64 << 10;
inline constexpr size_t kConflictTrailerBytesMax = 4 << 10;

// Who is calling. Made by authentication only.
struct Principal {
  std::string key_id;  // UUID of the API key
  std::string actor;   // UUID recorded as actor: the key's user, or the key itself
  enum class Role { kReader, kAdmin, kSystem } role = Role::kReader;
};

class Overlay;
std::shared_ptr<Overlay> NewOverlay();

// A command on its way.
struct CommandCall {
  Principal principal;
  domain::CommandRef command;
  std::shared_ptr<const google::protobuf::Message> request;
  absl::Time deadline = absl::InfiniteFuture();  // on the line of DeadlineNow()
  bool backfill = false;                         // recorded_at from the request's effective_at
  std::string batch_id;                          // import run, empty if none
  std::string traceparent;
  std::string secret_prefix;  // IssueApiKey: hash prefix of the secret
  // States decided but not yet durable, for commands that are sent back to back; null: none.
  // Commands that share an overlay must be executed one after the other.
  std::shared_ptr<Overlay> overlay;
  // Nothing is written; later commands with the same overlay see the effects. REQUIRES: an overlay.
  bool dry_run = false;
  // Asked when the command is about to change its record: what no single record tells, such as
  // whether others refer to it. Returns the position that was looked at; when a commit behind it
  // names the record, the command is decided, and this asked, again. May block. Null: nothing to
  // ask.
  std::function<absl::StatusOr<eventstore::LogPosition>()> guard;
  // Where this command is decided again after a lost race, or goes on after it has waited; null:
  // EngineOptions::submit. A task that is dropped without having run answers SHUTTING_DOWN.
  std::function<bool(std::function<void()>)> submit;
  // Asked before each append: whether the caller may still send commands. Its key may have been
  // revoked while the command waited or was decided again. Cheap. Null: the caller is this program.
  std::function<absl::Status()> still_authenticated;
  // Bytes that the answer has room for to tell what the caller missed.
  size_t conflict_bytes = kConflictTrailerBytesMax;
};

// Its outcome.
struct CommandAnswer {
  rpc::v1::Receipt receipt;
  // The record after the command, personal values clear; null when a replayed answer must be read
  // from the views as of receipt.position (the engine has no views).
  std::shared_ptr<const google::protobuf::Message> record;
  std::string aggregate;
  std::string id;
  bool replayed = false;  // as in the receipt
};

// The one access hook: may this principal carry out this command? A later part fills it with roles
// and scopes. `current`: the record as it stands, null where there is none; also where the answer
// is one that was given before.
class AccessPolicy {
 public:
  virtual ~AccessPolicy() = default;
  virtual absl::Status CheckCommand(const Principal& principal, const domain::CommandRef& command,
                                    const google::protobuf::Message& request,
                                    const google::protobuf::Message* current) const = 0;
  virtual absl::Status CheckRead(const Principal& principal, absl::string_view aggregate) const = 0;
  virtual absl::Status CheckOperate(const Principal& principal,
                                    absl::string_view operation) const = 0;
};
std::unique_ptr<AccessPolicy> NewRolePolicy();

struct EngineOptions {
  size_t cached_states = 20'000;
  // Streams longer than this are not folded from their start while the views hold their record.
  uint64_t folded_events = 100;
  // Commands that wait for another one: repeats of what is being carried out, and those that lost a
  // race. OVERLOADED beyond.
  size_t waiting = 4'096;
  // How long a command that lost races is decided again where it has no deadline.
  absl::Duration race_time = absl::Seconds(60);
  // Where commands go on that lost a race or waited; null: on the thread that learnt of it. Returns
  // false when full.
  std::function<bool(std::function<void()>)> submit;
};

// Thread-safe.
class CommandEngine {
 public:
  virtual ~CommandEngine() = default;
  // Runs the steps up to the append on the calling thread; `done` is called exactly once, possibly
  // before Execute returns, otherwise on a thread of the store, and must not block.
  // A race that was lost is decided again until it is won, a rule refuses, or the deadline is near,
  // unless it is over the revision that the caller expected: then REVISION_CONFLICT has a
  // RevisionConflict detail.
  using Done = std::function<void(absl::StatusOr<CommandAnswer>)>;
  virtual void Execute(CommandCall call, Done done) = 0;
  absl::StatusOr<CommandAnswer> ExecuteAndWait(CommandCall call);

  // The current record from the log (not from the views), personal values clear; null when there is
  // none.
  virtual absl::StatusOr<std::shared_ptr<const google::protobuf::Message>> LoadRecord(
      absl::string_view aggregate, absl::string_view id) = 0;
  // The id of the record that holds an external key; empty if none.
  virtual absl::StatusOr<std::string> ResolveExternalKey(absl::string_view aggregate,
                                                         absl::string_view key) = 0;
  // Ids of all records of a set-up aggregate, oldest first.
  virtual absl::StatusOr<std::vector<std::string>> RecordIds(absl::string_view aggregate) = 0;
  // Number of the schema set that new events follow.
  virtual void SetSchemaSet(uint32_t number) = 0;
  // The views, which save long folds; null: none. Set to null before they are closed, when no
  // worker runs any more.
  virtual void SetViews(const projections::Views* views) = 0;
  // How long commits have waited for the log without any being answered; zero when none waits.
  virtual absl::Duration StalledFor() const = 0;
  // The organisation's zone and currency, from its latest event.
  struct Settings {
    absl::TimeZone zone = absl::UTCTimeZone();
    std::string currency;
    std::string organisation_id;
  };
  virtual Settings GetSettings() = 0;
};

std::unique_ptr<CommandEngine> NewCommandEngine(eventstore::EventStore& store,
                                                eventstore::KeyStore& keys,
                                                const AccessPolicy& access, Clock& clock,
                                                Random& random, const EngineOptions& options = {});

}  // namespace daybook::services
