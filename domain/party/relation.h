#pragma once

// An edge of the graph of who knows whom: typed, between contacts and accounts, since and until
// calendar days where these are known. Which ends a type takes, and whether it is symmetric, is in
// one table (RelationEnds). Rules: nobody is related to himself; until is after since; one relation
// of a type between two ends lasts at a time; strength is 0 to kRelationStrengthMax.

#include <vector>

#include "daybook/party/v1/relation_events.pb.h"
#include "daybook/party/v1/relation_service.pb.h"
#include "domain/decider.h"

namespace daybook::domain {

inline constexpr int kRelationStrengthMax = 100;

// What a type of relation goes between.
struct RelationEnds {
  bool from_contact = false;  // else an account
  bool to_contact = false;
  bool to_account = false;
  bool symmetric = false;
};
RelationEnds EndsOf(party::v1::RelationType type);

struct Relation {
  static constexpr absl::string_view kName = "relation";
  using Record = party::v1::Relation;
  struct State {
    Record record;
  };
  using Event = party::v1::RelationEvent;
  using Result = absl::StatusOr<Decision<Event>>;

  static void Evolve(State& state, const Event& event);
  // "relation-lasting" (type and ends) while it has no end, and "relation-external-key".
  static std::vector<Claim> Claims(const State& state);

  static Result Decide(const State&, const party::v1::AddRelationRequest&, const Context&);
  static Result Decide(const State&, const party::v1::EndRelationRequest&, const Context&);
  static Result Decide(const State&, const party::v1::CorrectRelationRequest&, const Context&);
};

}  // namespace daybook::domain
