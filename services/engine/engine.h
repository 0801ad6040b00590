#pragma once

// The command side without a network: everything between "who sent which request" and "written,
// here is the answer". gRPC services, the command stream and `daybook init` all end here, so there
// is one order of steps:
//   known request id? stored answer -> access -> load state -> expected revision -> gather facts ->
//   Decide (pure)
//   -> seal -> append -> answer.

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

namespace daybook::services {

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
  bool backfill = false;  // recorded_at from the request's effective_at
  std::string batch_id;   // import run, empty if none
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
  // Where this command is decided again after a lost race; null: EngineOptions::submit.
  std::function<bool(std::function<void()>)> submit;
};

// Its outcome.
struct CommandAnswer {
  rpc::v1::Receipt receipt;
  // The record after the command, personal values clear; null when a replayed answer must be read
  // from the views as of receipt.position (the engine has no views).
  std::shared_ptr<const google::protobuf::Message> record;
  std::string aggregate;
  std::string id;
  bool replayed = false;
};

// The one access hook: may this principal carry out this command? A later part fills it with roles
// and scopes.
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
  int attempts = 3;  // decide again after a lost race, when the caller expected no revision
  // Where a lost race is decided again; null: on the thread that learnt of it. Returns false when
  // full.
  std::function<bool(std::function<void()>)> submit;
};

// Thread-safe.
class CommandEngine {
 public:
  virtual ~CommandEngine() = default;
  // Runs the steps up to the append on the calling thread; `done` is called exactly once, possibly
  // before Execute returns, otherwise on a thread of the store, and must not block.
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
