#pragma once

// A deal. OPEN in a stage of its process version -> WON, PARTIALLY_WON, LOST or ABANDONED -> OPEN
// again by Reopen, in the stage it had; history keeps what the close recorded. Rules: one currency
// per deal; the gross profit is not above the value; the process version is pinned on creation and
// the probability of each stage entered is stored; a stage is entered with its mandatory fields
// set, and they stay set. A deal created without a value follows its job requests, until a value
// other than their sum is set; one whose value follows its lines does so until its mode is changed.
// Text fields take the fixed labels of the process where it has some. Closed deals may still be
// reassigned, linked and corrected in subject, product, competitor, weight and note. A close that
// repeats the stored outcome is nothing; another one is refused: reopen first. Orthogonal:
// archived, which takes no command but the way back. Losses open reviews (loss_review.h).

#include <vector>

#include "daybook/sales/v1/opportunity_events.pb.h"
#include "daybook/sales/v1/opportunity_service.pb.h"
#include "domain/decider.h"

namespace daybook::domain {

inline constexpr int kJobRequestsMax = 200;
inline constexpr int kOpportunityLinesMax = 200;
inline constexpr int kOpportunityContactsMax = 100;
inline constexpr int kCollaboratorsMax = 50;
// Reasons of one win in part. Each has a review, and reopening the deal withdraws them all and
// suspends the project: so many commands follow from one.
inline constexpr int kLossReasonsMax = 40;

struct Opportunity {
  static constexpr absl::string_view kName = "opportunity";
  using Record = sales::v1::Opportunity;
  struct State {
    Record record;
  };
  using Event = sales::v1::OpportunityEvent;
  using Result = absl::StatusOr<Decision<Event>>;

  using CreateRequest = sales::v1::CreateOpportunityRequest;
  using UpdateRequest = sales::v1::UpdateOpportunityRequest;
  using ChangeStageRequest = sales::v1::ChangeOpportunityStageRequest;
  using SetValueRequest = sales::v1::SetOpportunityValueRequest;
  using SetProbabilityRequest = sales::v1::SetOpportunityProbabilityRequest;
  using AssignRequest = sales::v1::AssignOpportunityRequest;
  using LinkAccountRequest = sales::v1::LinkOpportunityAccountRequest;
  using AddJobRequestRequest = sales::v1::AddJobRequestRequest;
  using RemoveJobRequestRequest = sales::v1::RemoveJobRequestRequest;
  using WinRequest = sales::v1::WinOpportunityRequest;
  using PartiallyWinRequest = sales::v1::PartiallyWinOpportunityRequest;
  using LoseRequest = sales::v1::LoseOpportunityRequest;
  using AbandonRequest = sales::v1::AbandonOpportunityRequest;
  using ReopenRequest = sales::v1::ReopenOpportunityRequest;
  using AddLineRequest = sales::v1::AddOpportunityLineRequest;
  using ChangeLineRequest = sales::v1::ChangeOpportunityLineRequest;
  using RemoveLineRequest = sales::v1::RemoveOpportunityLineRequest;
  using SetValueModeRequest = sales::v1::SetOpportunityValueModeRequest;
  using MigrateProcessRequest = sales::v1::MigrateOpportunityProcessRequest;
  using LinkContactRequest = sales::v1::LinkOpportunityContactRequest;
  using UnlinkContactRequest = sales::v1::UnlinkOpportunityContactRequest;
  using LinkUserRequest = sales::v1::LinkOpportunityUserRequest;
  using UnlinkUserRequest = sales::v1::UnlinkOpportunityUserRequest;
  using MoveToProjectRequest = sales::v1::MoveDealToProjectRequest;
  using ArchiveRequest = sales::v1::ArchiveOpportunityRequest;
  using RestoreRequest = sales::v1::RestoreOpportunityRequest;
  using CorrectLossReasonRequest = sales::v1::CorrectLossReasonRequest;
  using CreateProjectRequest = sales::v1::CreateProjectFromOpportunityRequest;

  static void Evolve(State& state, const Event& event);
  // "opportunity-external-key".
  static std::vector<Claim> Claims(const State& state);

  // The process of the request, or all of them; the products of the job requests.
  static absl::Status Gather(const State&, const CreateRequest&, FactLoader&);
  // What the changed fields refer to, and the process.
  static absl::Status Gather(const State&, const UpdateRequest&, FactLoader&);
  static absl::Status Gather(const State&, const ChangeStageRequest&, FactLoader&);
  static absl::Status Gather(const State&, const AddJobRequestRequest&, FactLoader&);
  static absl::Status Gather(const State&, const RemoveJobRequestRequest&, FactLoader&);
  // The account and all above it, for blacklists.
  static absl::Status Gather(const State&, const LinkAccountRequest&, FactLoader&);
  static absl::Status Gather(const State&, const WinRequest&, FactLoader&);
  static absl::Status Gather(const State&, const PartiallyWinRequest&, FactLoader&);
  static absl::Status Gather(const State&, const LoseRequest&, FactLoader&);
  static absl::Status Gather(const State&, const AddLineRequest&, FactLoader&);
  static absl::Status Gather(const State&, const ChangeLineRequest&, FactLoader&);
  static absl::Status Gather(const State&, const RemoveLineRequest&, FactLoader&);
  static absl::Status Gather(const State&, const SetValueModeRequest&, FactLoader&);
  static absl::Status Gather(const State&, const MigrateProcessRequest&, FactLoader&);
  static absl::Status Gather(const State&, const UnlinkContactRequest&, FactLoader&);
  static absl::Status Gather(const State&, const UnlinkUserRequest&, FactLoader&);
  static absl::Status Gather(const State&, const SetProbabilityRequest&, FactLoader&);
  static absl::Status Gather(const State&, const AssignRequest&, FactLoader&);
  // The project and its process.
  static absl::Status Gather(const State&, const MoveToProjectRequest&, FactLoader&);
  static absl::Status Gather(const State&, const RestoreRequest&, FactLoader&);
  // The project asked for too.
  static absl::Status Gather(const State&, const ReopenRequest&, FactLoader&);
  // The project asked for before.
  static absl::Status Gather(const State&, const CreateProjectRequest&, FactLoader&);

  // opportunity_create.cc
  static Result Decide(const State&, const CreateRequest&, const Context&);
  // opportunity.cc
  static Result Decide(const State&, const UpdateRequest&, const Context&);
  static Result Decide(const State&, const ChangeStageRequest&, const Context&);
  static Result Decide(const State&, const LinkAccountRequest&, const Context&);
  // opportunity_value.cc
  static Result Decide(const State&, const SetValueRequest&, const Context&);
  static Result Decide(const State&, const SetProbabilityRequest&, const Context&);
  static Result Decide(const State&, const AddJobRequestRequest&, const Context&);
  static Result Decide(const State&, const RemoveJobRequestRequest&, const Context&);
  // opportunity_close.cc
  static Result Decide(const State&, const WinRequest&, const Context&);
  static Result Decide(const State&, const PartiallyWinRequest&, const Context&);
  static Result Decide(const State&, const LoseRequest&, const Context&);
  static Result Decide(const State&, const AbandonRequest&, const Context&);
  static Result Decide(const State&, const ReopenRequest&, const Context&);
  // opportunity_line.cc
  static Result Decide(const State&, const AddLineRequest&, const Context&);
  static Result Decide(const State&, const ChangeLineRequest&, const Context&);
  static Result Decide(const State&, const RemoveLineRequest&, const Context&);
  static Result Decide(const State&, const SetValueModeRequest&, const Context&);
  // opportunity_migrate.cc
  static Result Decide(const State&, const MigrateProcessRequest&, const Context&);
  // opportunity_people.cc
  static Result Decide(const State&, const AssignRequest&, const Context&);
  static Result Decide(const State&, const LinkContactRequest&, const Context&);
  static Result Decide(const State&, const UnlinkContactRequest&, const Context&);
  static Result Decide(const State&, const LinkUserRequest&, const Context&);
  static Result Decide(const State&, const UnlinkUserRequest&, const Context&);
  // opportunity_project.cc
  static Result Decide(const State&, const MoveToProjectRequest&, const Context&);
  static Result Decide(const State&, const CreateProjectRequest&, const Context&);
  static Result Decide(const State&, const ArchiveRequest&, const Context&);
  static Result Decide(const State&, const RestoreRequest&, const Context&);
  // opportunity_loss.cc
  static Result Decide(const State&, const CorrectLossReasonRequest&, const Context&);

  // Open, send on or withdraw the reviews of a loss; reopening asks what becomes of the project.
  // Restoring an archived deal does not reopen its reviews: what was withdrawn stays so.
  static absl::StatusOr<FollowUps> Follow(const State&, const LoseRequest&, const Context&);
  static absl::StatusOr<FollowUps> Follow(const State&, const PartiallyWinRequest&, const Context&);
  static absl::StatusOr<FollowUps> Follow(const State&, const ReopenRequest&, const Context&);
  static absl::StatusOr<FollowUps> Follow(const State&, const ArchiveRequest&, const Context&);
  static absl::StatusOr<FollowUps> Follow(const State&, const CorrectLossReasonRequest&,
                                          const Context&);
  // Opens the request.
  static absl::StatusOr<FollowUps> Follow(const State&, const CreateProjectRequest&,
                                          const Context&);
};

}  // namespace daybook::domain
