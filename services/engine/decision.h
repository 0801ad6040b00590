#pragma once

#include <string>
#include <vector>

#include "services/engine/engine.h"
#include "services/engine/fact_collector.h"
#include "services/engine/record_directory.h"
#include "services/engine/state_loader.h"

namespace daybook::services {

// Commands that may follow from one command (DESIGN.md 4: conversion and the like).
inline constexpr size_t kFollowUpsMax = 50;

// What a decision does to one record.
struct DecidedPart {
  const domain::AggregateType* type = nullptr;
  eventstore::StreamId stream;
  LoadedState before;
  std::shared_ptr<const domain::AnyState> after;
  std::shared_ptr<domain::AnyState> changed;  // `after`, where there are events; null otherwise
  eventstore::StreamRevision after_revision = 0;
  domain::EventList events;  // taken by the commit
  size_t event_count = 0;
};

// What a command and those that follow from it come to, before anything is written.
struct Decided {
  std::vector<DecidedPart> parts;  // each record once; the command's own is the first
  std::vector<eventstore::StreamExpectation> expectations;
  absl::Time effective_at;
};

// From a call to a decision: access, state, expected revision, facts, Decide, follow-ups.
// Thread-safe.
class DecisionMaker {
 public:
  // All outlive it.
  DecisionMaker(eventstore::EventStore& store, StateLoader& states, RecordDirectory& records,
                const AccessPolicy& access, Clock& clock, Random& random)
      : store_(store),
        states_(states),
        records_(records),
        access_(access),
        clock_(clock),
        random_(random) {}

  absl::StatusOr<Decided> Decide(const CommandCall& call, const eventstore::StreamId& stream);

 private:
  struct Command {
    domain::CommandRef ref;
    std::shared_ptr<const google::protobuf::Message> request;
    eventstore::StreamId stream;
  };

  absl::StatusOr<domain::Context> MakeContext(const CommandCall& call);
  // Decides one command, adds what it does to `decided`, and appends what follows from it.
  absl::Status Carry(const CommandCall& call, const Command& command, domain::Context context,
                     Decided* decided, std::vector<Command>* commands);
  absl::Status Follow(const Command& command, const DecidedPart& part,
                      const domain::Context& context, std::vector<Command>* commands);

  eventstore::EventStore& store_;
  StateLoader& states_;
  RecordDirectory& records_;
  const AccessPolicy& access_;
  Clock& clock_;
  Random& random_;
};

// The header of a command's request.
const rpc::v1::CommandHeader& HeaderOf(const google::protobuf::Message& request);
// The id of the record that it is about; empty: a new one.
std::string IdOf(const google::protobuf::Message& request);

}  // namespace daybook::services
