#pragma once

// The shape of every aggregate, and the rows that make all of them iterable.
//
//   struct Opportunity {
//     static constexpr absl::string_view kName = "opportunity";
//     using Record = pb::Opportunity;              // the resource: what reads return
//     using Event = pb::OpportunityEvent;          // the oneof wrapper of its events
//     struct State { Record record; };             // and what each event sets anew, if need be
//     using Result = absl::StatusOr<Decision<Event>>;
//     static void Evolve(State& state, const Event& event);     // total: history is not rejected
//     static std::vector<Claim> Claims(const State& state);     // the unique values it holds
//     static Result Decide(const State&, const SomeRequest&, const Context&);     // pure
//     static absl::Status Gather(const State&, const SomeRequest&, FactLoader&);  // optional
//     // Optional: what else changes with it, in the same commit. `after` is the state after the
//     // events of Decide, so that ids made there are known here.
//     static absl::StatusOr<FollowUps> Follow(const State& after, const SomeRequest&,
//                                             const Context&);
//     // Optional: the record that a request without an id is about, where there can be only one.
//     static std::string Target(const SomeRequest&);
//   };
//
// A record exists when its id is set. What Evolve does to `record` may depend on `record` and the
// event only, since views fold bare records. A state that begins with the record of the views
// decides as the one that was folded (ADR 77): other members are for what follows from the latest
// event.

#include <concepts>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "domain/base/check.h"
#include "domain/base/error.h"
#include "domain/base/uuid.h"
#include "domain/record/custom_values.h"
#include "google/protobuf/message.h"

namespace daybook::domain {

// A value that only one record may hold at a time: {"user-login", "ada@example.org"}. Stored as an
// HMAC.
struct Claim {
  std::string kind;   // a constant in the aggregate's file; never changes once released
  std::string value;  // already normalised (case, blanks)
  std::string field;  // the path that a refusal names

  friend bool operator==(const Claim& a, const Claim& b) {
    return a.kind == b.kind && a.value == b.value;
  }
  friend bool operator<(const Claim& a, const Claim& b) {
    return std::tie(a.kind, a.value) < std::tie(b.kind, b.value);
  }
};

// What a decision may know of other records: those that the request refers to by `lookup` fields,
// and those that Gather asked for. Immutable while deciding.
class Facts {
 public:
  // Null when the record was not loaded or does not exist.
  const google::protobuf::Message* Find(absl::string_view aggregate, absl::string_view id) const;
  template <class Record>
  const Record* Get(absl::string_view aggregate, absl::string_view id) const {
    return static_cast<const Record*>(Find(aggregate, id));
  }
  void Add(absl::string_view aggregate, absl::string_view id,
           std::shared_ptr<const google::protobuf::Message> record);
  // All loaded records of an aggregate, in order of id.
  std::vector<const google::protobuf::Message*> All(absl::string_view aggregate) const;

 private:
  std::map<std::pair<std::string, std::string>, std::shared_ptr<const google::protobuf::Message>>
      records_;
};

// Loads records for Gather. Everything loaded is part of the decision: the commit lists the
// revision of each loaded stream, so a change in between makes the decision run again.
class FactLoader {
 public:
  virtual ~FactLoader() = default;
  // Null when there is no such record. The pointer lives as long as the facts.
  virtual absl::StatusOr<const google::protobuf::Message*> Load(absl::string_view aggregate,
                                                                absl::string_view id) = 0;
  // Ids of all records of a small set-up aggregate (sales processes); at most 1,000.
  virtual absl::StatusOr<std::vector<std::string>> Ids(absl::string_view aggregate) = 0;
};

// Everything a decision may know beside state and request. No clock, no randomness: time and ids
// are here.
struct Context {
  absl::Time now;           // recorded time of the decision
  absl::Time effective_at;  // business time; now unless the header says otherwise
  absl::TimeZone zone;      // of the organisation
  std::string currency;     // of the organisation; empty before `init`
  std::string target_id;    // the record's id, also on creation
  std::string actor;
  std::function<std::string()> new_id;  // UUIDv7s for children; deterministic per command
  // IssueApiKey only: the first 8 hexadecimal digits of SHA-256 of the secret, which the caller of
  // the engine made.
  std::string secret_prefix;
  const Facts* facts = nullptr;

  // Today in the organisation's zone, by recorded and by business time.
  absl::CivilDay Today() const { return absl::ToCivilDay(now, zone); }
  absl::CivilDay EffectiveDay() const { return absl::ToCivilDay(effective_at, zone); }
};

// The events a command leads to, in order; none when the record already is as asked.
template <class Event>
struct Decision {
  std::vector<Event> events;
  // Appends an event and returns it for filling: `*d.Add().mutable_won() = ...`.
  Event& Add() { return events.emplace_back(); }
};

template <class D>
concept Decider = requires(typename D::State& state, const typename D::State& const_state,
                           const typename D::Event& event) {
  { D::kName } -> std::convertible_to<absl::string_view>;
  { D::Evolve(state, event) } -> std::same_as<void>;
  { D::Claims(const_state) } -> std::same_as<std::vector<Claim>>;
  { const_state.record } -> std::convertible_to<const typename D::Record&>;
};

// A state of unknown type.
class AnyState {
 public:
  virtual ~AnyState() = default;
  virtual google::protobuf::Message& record() = 0;
  virtual const google::protobuf::Message& record() const = 0;
  virtual std::unique_ptr<AnyState> Clone() const = 0;
};

template <Decider D>
class StateOf final : public AnyState {
 public:
  google::protobuf::Message& record() override { return state.record; }
  const google::protobuf::Message& record() const override { return state.record; }
  std::unique_ptr<AnyState> Clone() const override { return std::make_unique<StateOf>(*this); }
  typename D::State state;
};

using EventList = std::vector<std::unique_ptr<google::protobuf::Message>>;

// Commands on other records that belong to a decision: request messages with the record's id set
// and no header. Carried out in order, in the same commit, each on what those before it left; when
// one is refused, nothing happens. They may have follow-ups of their own.
using FollowUps = std::vector<std::shared_ptr<const google::protobuf::Message>>;

// One command of one aggregate: its request message is the command.
struct CommandType {
  const google::protobuf::Message* request = nullptr;  // default instance
  absl::StatusOr<EventList> (*decide)(const AnyState&, const google::protobuf::Message& request,
                                      const Context&) = nullptr;
  absl::Status (*gather)(const AnyState&, const google::protobuf::Message& request,
                         FactLoader&) = nullptr;  // null: lookups of the request suffice
  absl::StatusOr<FollowUps> (*follow)(const AnyState& after,
                                      const google::protobuf::Message& request,
                                      const Context&) = nullptr;  // null: nothing follows
  // The id of the record where the request leaves it out; null: a new one.
  std::string (*target)(const google::protobuf::Message& request) = nullptr;
};

// One aggregate. Immutable, lives as long as the program.
struct AggregateType {
  std::string name;
  const google::protobuf::Message* record = nullptr;  // default instances
  const google::protobuf::Message* event = nullptr;
  bool system = false;  // set-up and bookkeeping: its events do not end the backfill window
  std::unique_ptr<AnyState> (*new_state)() = nullptr;
  void (*evolve)(AnyState&, const google::protobuf::Message& event) = nullptr;
  // The same fold on a bare record, for views. `record` is of type *record, `event` of type *event.
  void (*evolve_record)(google::protobuf::Message& record,
                        const google::protobuf::Message& event) = nullptr;
  std::vector<Claim> (*claims)(const AnyState&) = nullptr;
  std::vector<CommandType> commands;
};

// The header's event type of a wrapper: "opportunity.won". REQUIRES: its oneof is set.
std::string EventTypeName(const AggregateType& type, const google::protobuf::Message& event);
// The same for a field of the oneof.
std::string EventTypeName(absl::string_view aggregate,
                          const google::protobuf::FieldDescriptor& member);
// The set member of the wrapper's oneof; null when this binary does not know it (a newer log).
const google::protobuf::FieldDescriptor* EventMember(const google::protobuf::Message& event);

// What the envelope says about an event, as far as records show it (RecordMeta).
struct EventMeta {
  uint64_t position = 0;
  uint64_t revision = 0;
  absl::Time recorded_at;
  absl::Time effective_at;
};

// Writes revision, position and times into the record's `meta` field; called after every Evolve.
void ApplyMeta(google::protobuf::Message& record, const EventMeta& meta);

namespace internal {

template <class D, class Request>
concept Gathers = requires(const typename D::State& s, const Request& r, FactLoader& l) {
  { D::Gather(s, r, l) } -> std::same_as<absl::Status>;
};

template <class D, class Request>
concept Targets = requires(const Request& r) {
  { D::Target(r) } -> std::same_as<std::string>;
};

template <class D, class Request>
concept Follows = requires(const typename D::State& s, const Request& r, const Context& c) {
  { D::Follow(s, r, c) } -> std::same_as<absl::StatusOr<FollowUps>>;
};

// Requests that give a new record custom values, and those that edit some by an update mask
// (domain/record/custom_values.h).
template <class Record>
concept TakesCustom = requires(const Record& r) {
  r.custom();
};
template <class D, class Request>
concept CreatesWithCustom = TakesCustom<typename D::Record> && requires(const Request& r) {
  r.custom();
};
template <class D, class Request>
concept EditsCustom = TakesCustom<typename D::Record> && requires(const Request& r) {
  r.update_mask();
};

template <Decider D, class Request>
absl::Status GatherCustom(const Request& request, FactLoader& loader) {
  if constexpr (CreatesWithCustom<D, Request>) {
    return LoadCustomFacts(D::kName, request.custom(), loader);
  } else if constexpr (EditsCustom<D, Request>) {
    if (!NamesCustom(request.update_mask())) return absl::OkStatus();
    return LoadCustomFacts(D::kName, WantedCustom(request, D::Record::descriptor()), loader);
  }
  return absl::OkStatus();
}

template <Decider D, class Request>
absl::Status DecideCustom(const Request& request, const Context& context,
                          Decision<typename D::Event>* decision) {
  if constexpr (CreatesWithCustom<D, Request>) {
    if (decision->events.empty()) return absl::OkStatus();
    // Follow-ups have no header: whoever gave the command behind them was not asked.
    const auto required = request.has_header() ? Required::kDemanded : Required::kNotDemanded;
    return AddCustomValues(D::kName, request.custom(), required, context,
                           &decision->events.front());
  } else if constexpr (EditsCustom<D, Request>) {
    if (!NamesCustom(request.update_mask())) return absl::OkStatus();
    return CheckCustomEdit(D::kName, request.update_mask(),
                           WantedCustom(request, D::Record::descriptor()), context);
  }
  return absl::OkStatus();
}

// The values of unique custom fields, which an archived record sets free.
template <Decider D>
void ClaimCustom(const typename D::Record& record, std::vector<Claim>* claims) {
  if constexpr (TakesCustom<typename D::Record>) {
    if constexpr (requires { record.archived(); }) {
      if (record.archived()) return;
    }
    ClaimUniqueValues(D::kName, record.custom(), claims);
  }
}

template <Decider D, class Request>
CommandType MakeCommand() {
  CommandType command;
  command.request = &Request::default_instance();
  command.decide = [](const AnyState& state, const google::protobuf::Message& message,
                      const Context& context) -> absl::StatusOr<EventList> {
    const auto& request = static_cast<const Request&>(message);
    auto decision = D::Decide(static_cast<const StateOf<D>&>(state).state, request, context);
    if (!decision.ok()) return decision.status();
    if (absl::Status status = DecideCustom<D>(request, context, &*decision); !status.ok()) {
      return status;
    }
    EventList events;
    for (auto& event : decision->events) {
      events.push_back(std::make_unique<typename D::Event>(std::move(event)));
    }
    return events;
  };
  if constexpr (Gathers<D, Request> || CreatesWithCustom<D, Request> || EditsCustom<D, Request>) {
    command.gather = [](const AnyState& state, const google::protobuf::Message& message,
                        FactLoader& loader) {
      const auto& request = static_cast<const Request&>(message);
      absl::Status status;
      if constexpr (Gathers<D, Request>) {
        status = D::Gather(static_cast<const StateOf<D>&>(state).state, request, loader);
      }
      return status.ok() ? GatherCustom<D>(request, loader) : status;
    };
  }
  if constexpr (Targets<D, Request>) {
    command.target = [](const google::protobuf::Message& request) {
      return D::Target(static_cast<const Request&>(request));
    };
  }
  if constexpr (Follows<D, Request>) {
    command.follow = [](const AnyState& after, const google::protobuf::Message& request,
                        const Context& context) {
      return D::Follow(static_cast<const StateOf<D>&>(after).state,
                       static_cast<const Request&>(request), context);
    };
  }
  return command;
}

}  // namespace internal

enum class Bookkeeping { kBusiness, kSystem };

// The registry row of an aggregate: TypeOf<Opportunity, pb::CreateOpportunityRequest, ...>().
template <Decider D, class... Requests>
AggregateType TypeOf(Bookkeeping bookkeeping = Bookkeeping::kBusiness) {
  AggregateType type;
  type.name = std::string(D::kName);
  type.record = &D::Record::default_instance();
  type.event = &D::Event::default_instance();
  type.system = bookkeeping == Bookkeeping::kSystem;
  type.new_state = []() -> std::unique_ptr<AnyState> { return std::make_unique<StateOf<D>>(); };
  type.evolve = [](AnyState& state, const google::protobuf::Message& event) {
    D::Evolve(static_cast<StateOf<D>&>(state).state, static_cast<const typename D::Event&>(event));
  };
  type.evolve_record = [](google::protobuf::Message& record,
                          const google::protobuf::Message& event) {
    typename D::State state;
    auto& typed = static_cast<typename D::Record&>(record);
    state.record.Swap(&typed);
    D::Evolve(state, static_cast<const typename D::Event&>(event));
    state.record.Swap(&typed);
  };
  type.claims = [](const AnyState& state) {
    const typename D::State& typed = static_cast<const StateOf<D>&>(state).state;
    std::vector<Claim> claims = D::Claims(typed);
    internal::ClaimCustom<D>(typed.record, &claims);
    return claims;
  };
  (type.commands.push_back(internal::MakeCommand<D, Requests>()), ...);
  return type;
}

}  // namespace daybook::domain
