#pragma once

// A company or a person not contacted yet. NEW -> ASSIGNED -> WORKING -> GOOD -> CONVERTED; WORKING
// -> BAD; GOOD and BAD -> RECYCLED until a day, then NEW again and nobody's; any state ->
// DO_NOT_CONTACT, for good. Orthogonal: archived. The record is the person: its personal values are
// sealed under its own key and stay there. Rules: a person has a name, an e-mail address, a phone
// number or an external key, a company its name; the e-mail address is unique among open leads (NEW
// to GOOD, and RECYCLED); addresses of leads in DO_NOT_CONTACT are refused everywhere; owners are
// active. Conversion moves nothing: it links the lead to an account, a contact and an opportunity
// that are made or found in the same commit. A score is a fact beside the state.

#include <vector>

#include "daybook/sales/v1/lead_events.pb.h"
#include "daybook/sales/v1/lead_service.pb.h"
#include "domain/decider.h"

namespace daybook::domain {

struct Lead {
  static constexpr absl::string_view kName = "lead";
  using Record = sales::v1::Lead;
  struct State {
    Record record;
  };
  using Event = sales::v1::LeadEvent;
  using Result = absl::StatusOr<Decision<Event>>;

  using CaptureRequest = sales::v1::CaptureLeadRequest;
  using UpdateRequest = sales::v1::UpdateLeadRequest;
  using AssignRequest = sales::v1::AssignLeadRequest;
  using StartWorkingRequest = sales::v1::StartWorkingLeadRequest;
  using MarkGoodRequest = sales::v1::MarkLeadGoodRequest;
  using MarkBadRequest = sales::v1::MarkLeadBadRequest;
  using RecycleRequest = sales::v1::RecycleLeadRequest;
  using ReturnRequest = sales::v1::ReturnRecycledLeadRequest;
  using DoNotContactRequest = sales::v1::SetLeadDoNotContactRequest;
  using ScoreRequest = sales::v1::ScoreLeadRequest;
  using ConvertRequest = sales::v1::ConvertLeadRequest;
  using ArchiveRequest = sales::v1::ArchiveLeadRequest;
  using RestoreRequest = sales::v1::RestoreLeadRequest;

  static void Evolve(State& state, const Event& event);
  // "lead-external-key" while not archived; "lead-email" while open, and then its addresses must be
  // allowed; suppressions in DO_NOT_CONTACT.
  static std::vector<Claim> Claims(const State& state);

  // The scoring policies; the assignment rules where they are to choose.
  static absl::Status Gather(const State&, const CaptureRequest&, FactLoader&);
  // The rules and the owner, where they are to choose.
  static absl::Status Gather(const State&, const AssignRequest&, FactLoader&);
  static absl::Status Gather(const State&, const ScoreRequest&, FactLoader&);
  // The owner, the owner's unit and its manager; what is above the account, for blacklists.
  static absl::Status Gather(const State&, const ConvertRequest&, FactLoader&);

  // lead.cc
  static Result Decide(const State&, const CaptureRequest&, const Context&);
  static Result Decide(const State&, const UpdateRequest&, const Context&);
  static Result Decide(const State&, const ScoreRequest&, const Context&);
  static Result Decide(const State&, const ArchiveRequest&, const Context&);
  static Result Decide(const State&, const RestoreRequest&, const Context&);
  // lead_steps.cc
  static Result Decide(const State&, const AssignRequest&, const Context&);
  static Result Decide(const State&, const StartWorkingRequest&, const Context&);
  static Result Decide(const State&, const MarkGoodRequest&, const Context&);
  static Result Decide(const State&, const MarkBadRequest&, const Context&);
  static Result Decide(const State&, const RecycleRequest&, const Context&);
  static Result Decide(const State&, const ReturnRequest&, const Context&);
  static Result Decide(const State&, const DoNotContactRequest&, const Context&);
  // lead_convert.cc
  static Result Decide(const State&, const ConvertRequest&, const Context&);

  // Counts the turn where the rules chose.
  static absl::StatusOr<FollowUps> Follow(const State&, const CaptureRequest&, const Context&);
  static absl::StatusOr<FollowUps> Follow(const State&, const AssignRequest&, const Context&);
  // Makes the account, the contact and the opportunity.
  static absl::StatusOr<FollowUps> Follow(const State&, const ConvertRequest&, const Context&);
};

}  // namespace daybook::domain
